using System.Security.Cryptography;
using Palyra.Host.Configuration;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Host.Configuration;

/// <summary>Signers and their threshold, which can hold one by one and still let no worker in.</summary>
public sealed class FleetSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_ThresholdAboveTheSigners_IsToldAtItsLine()
    {
        var errors = Read("{ \"fleet\": {\n\"signer_threshold\": 2,\n\"signers\": [" + Signer("a", KeyOf(ECCurve.NamedCurves.nistP256)) + "] } }");

        Assert.Contains(":2: fleet.signer_threshold does not hold. SignerThreshold is above", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OneKeyUnderTwoIds_IsTold()
    {
        var key = KeyOf(ECCurve.NamedCurves.nistP256);

        Assert.Contains("fleet.signers does not hold. The signer b is given twice", Assert.Single(Read(Fleet(Signer("a", key), Signer("b", key)))), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoThingsInTheWay_IsToldAndThrowsNothing()
    {
        var key = KeyOf(ECCurve.NamedCurves.nistP256);
        var capabilities = string.Join(',', Enumerable.Range(0, 4097).Select(number => $"\"tool:{number}\""));

        var errors = Read($$"""{ "fleet": { "trusted_capabilities": [{{capabilities}}], "signers": [{{Signer("a", key)}}, {{Signer("b", key)}}] } }""");

        Assert.Contains("fleet.trusted_capabilities does not hold", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TwoKeysUnderOneId_IsTold()
    {
        var (one, other) = (KeyOf(ECCurve.NamedCurves.nistP256), KeyOf(ECCurve.NamedCurves.nistP256));

        Assert.Contains("fleet.signers does not hold. The signer a is given twice", Assert.Single(Read(Fleet(Signer("a", one), Signer("a", other)))), StringComparison.Ordinal);
    }

    [Fact]
    public void Read_KeyOfAnotherKind_IsTold()
    {
        using var shortKey = RSA.Create(1024);
        string[] keys =
        [
            KeyOf(ECCurve.NamedCurves.nistP384), shortKey.ExportSubjectPublicKeyInfoPem(), new string(PemEncoding.Write("PUBLIC KEY", [1, 2, 3])), "no PEM at all",
        ];

        Assert.All(keys, key => Assert.Contains("signer a: ", Assert.Single(Read(Fleet(Signer("a", key)))), StringComparison.Ordinal));
    }

    private static string Fleet(params string[] signers) => $$"""{ "fleet": { "signers": [{{string.Join(',', signers)}}] } }""";

    private string Signer(string id, string pem)
    {
        var file = _folder.File(Guid.NewGuid().ToString("N"));
        File.WriteAllText(file, pem);
        return $$"""{"key_id":"{{id}}","public_key_file":"{{file}}"}""";
    }

    private IReadOnlyList<string> Read(string settings)
    {
        File.WriteAllText(_folder.File("palyra.json"), settings);
        return GatewaySettingsReader.Read(_folder.File("palyra.json"), [], [], _folder.Root).Errors;
    }

    private static string KeyOf(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return key.ExportSubjectPublicKeyInfoPem();
    }
}
