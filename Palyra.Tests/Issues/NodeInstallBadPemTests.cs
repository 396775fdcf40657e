using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>A bad file of a certificate or key was an unforeseen error, after the folder had been made. It is refused with a code before that.</summary>
[Trait("Category", "Slow")]
public sealed class NodeInstallBadPemTests
{
    [Theory]
    [InlineData("--gateway-ca", "garbage", "node.bad_gateway_ca")]
    [InlineData("--gateway-ca", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "node.bad_gateway_ca")]
    [InlineData("--gateway-ca", null, "node.bad_gateway_ca")]
    [InlineData("--attestation-key", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", "node.bad_attestation_key")]
    public async Task Install_BadPem_IsRefusedAndLeavesNothing(string option, string? content, string code)
    {
        using var folder = new TemporaryFolder();
        using var gateway = new TestGateway();
        var (authority, key, bad) = (folder.File("ca.pem"), folder.File("key.pem"), folder.File("bad.pem"));
        await File.WriteAllTextAsync(authority, gateway.Certificates.CaCertificatePem);
        using (var good = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
        {
            await File.WriteAllTextAsync(key, good.ExportPkcs8PrivateKeyPem());
        }

        if (content is not null)
        {
            await File.WriteAllTextAsync(bad, content);
        }

        var install = await PalyraProcess.RunAsync("123456\n",
        [
            "node", "install", "--grpc-url", "https://127.0.0.1:1", "--home", folder.File("node"), "--egress-proxy", "127.0.0.1:2", "--attestation-key-id", "k",
            "--gateway-ca", option == "--gateway-ca" ? bad : authority, "--attestation-key", option == "--gateway-ca" ? key : bad,
        ]);

        Assert.Equal((1, ""), (install.ExitCode, install.Output));
        Assert.Contains(code, install.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("c2VjcmV0", install.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("node")));
    }

    [Fact]
    public async Task Install_BadPin_IsRefusedAndLeavesNothing()
    {
        using var folder = new TemporaryFolder();
        var install = await PalyraProcess.RunAsync(
            "123456\n", ["node", "install", "--grpc-url", "https://127.0.0.1:1", "--home", folder.File("node"), "--gateway-ca-sha256", "beef"]);
        Assert.Equal(1, install.ExitCode);
        Assert.Contains("node.bad_gateway_ca", install.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder.File("node")));
    }
}
