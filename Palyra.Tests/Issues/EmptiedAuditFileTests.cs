using Palyra.Adapters.Json.Audit;
using Palyra.Domain.Audit;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>
/// An emptied audit file, and a short one beside an unreadable head, were begun anew as if a crash had left them, and the trail verified; a file with two whole
/// lines and no head, which a crash does leave, kept the gateway from starting.
/// </summary>
public sealed class EmptiedAuditFileTests : IDisposable
{
    private readonly AuditTrails _trail = new();

    public void Dispose() => _trail.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public async Task Reopen_DiedAnywhereBeforeTheFirstHead_BeginsAnewAndSaysSo(int recordsBefore)
    {
        await _trail.WriteAsync(recordsBefore, options => options with { MaxFileBytes = 8192, CheckpointEvery = 10 });
        var last = _trail.Files[^1];
        var beginning = (await File.ReadAllLinesAsync(last))[..2].Sum(line => line.Length + 1);
        var whole = (await File.ReadAllBytesAsync(last))[..beginning];
        for (var length = 0; length <= beginning; length += length < beginning ? Math.Min(13, beginning - length) : 1)
        {
            File.Delete(last + ".head");
            await File.WriteAllBytesAsync(last, whole[..length]);
            await _trail.WriteAsync(1);
            Assert.All(AuditTrail.Verify(_trail.Folder, _trail.Key.PublicKeyPem), file => Assert.True(file.Verification.IsIntact, file.Verification.Message));
            Assert.Contains($"\"event\":\"audit.recovered\",\"dropped_bytes\":\"{length}\"", await File.ReadAllTextAsync(last), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Reopen_PowerCutLeftZerosOfTheBeginning_BeginsAnew()
    {
        await _trail.WriteAsync(0);
        var last = _trail.Files[^1];
        File.Delete(last + ".head");
        await File.WriteAllBytesAsync(last, [.. "{\"seq\":1,"u8, .. new byte[500]]);

        await _trail.WriteAsync(1);

        Assert.All(AuditTrail.Verify(_trail.Folder, _trail.Key.PublicKeyPem), file => Assert.True(file.Verification.IsIntact, file.Verification.Message));
    }

    [Theory]
    [InlineData("emptied")]
    [InlineData("missing")]
    [InlineData("shortened, its head unreadable")]
    [InlineData("without a head")]
    [InlineData("of another beginning, without a head")]
    public async Task Reopen_NewestFileIsNoBeginningOfATrail_RefusesAndLeavesItAsItIs(string damage)
    {
        await _trail.WriteAsync(3);
        var file = _trail.Files.Single();
        var text = damage switch
        {
            "emptied" => "",
            "missing" => null,
            "shortened, its head unreadable" => (await File.ReadAllTextAsync(file))[..100],
            "without a head" => await File.ReadAllTextAsync(file),
            _ => "{\"seq\":7,\"at_unix_ms\":1",
        };
        File.Delete(file);
        if (text is not null)
        {
            await File.WriteAllTextAsync(file, text);
        }

        if (damage.EndsWith("unreadable", StringComparison.Ordinal))
        {
            await File.WriteAllTextAsync(file + ".head", "{");
        }
        else if (damage.EndsWith("without a head", StringComparison.Ordinal))
        {
            File.Delete(file + ".head");
        }

        Assert.Contains("is damaged", Assert.Throws<AuditSinkException>(() => _trail.Open()).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.Exists(file) ? await File.ReadAllTextAsync(file) : null);
    }
}
