using System.Text;
using System.Text.Json;
using Palyra.Adapters.Json.Audit;
using Palyra.Domain.Audit;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Audit;

public sealed class HashChainedAuditSinkTests : IDisposable
{
    private readonly AuditTrails _trail = new();

    public void Dispose() => _trail.Dispose();

    [Fact]
    public async Task Append_ThenDispose_LeavesAWholeFileThatACheckpointCovers()
    {
        await _trail.WriteAsync(10);
        var found = _trail.Verify();
        Assert.True(found.IsIntact, found.Message);
        Assert.Equal(0UL, found.Uncovered);
        var lines = await File.ReadAllLinesAsync(_trail.Files.Single());
        using var record = JsonDocument.Parse(lines[2]);
        Assert.Equal("worker-0", record.RootElement.GetProperty("actor").GetString());
        Assert.Equal("allowed", record.RootElement.GetProperty("outcome").GetString());
        Assert.Equal("api.example.com \"quoted\"\n", record.RootElement.GetProperty("fields").GetProperty("host").GetString());
    }

    [Fact]
    public async Task Verify_AnyByteOfAnyRecordChanged_NamesThatRecord()
    {
        await _trail.WriteAsync(12, options => options with { CheckpointEvery = 4 });
        var file = _trail.Files.Single();
        var whole = await File.ReadAllBytesAsync(file);
        var line = 1;
        // Without its line feed the last line, a checkpoint, counts as torn: no record is lost with it.
        for (var i = 0; i < whole.Length - 1; i++)
        {
            var changed = (byte[])whole.Clone();
            changed[i] ^= 1;
            if (i % 7 == 0 || whole[i] == '\n')
            {
                await File.WriteAllBytesAsync(file, changed);
                var found = _trail.Verify();
                Assert.False(found.IsIntact, $"byte {i} of line {line}");
                if (whole[i] != '\n')
                {
                    Assert.Equal(line, found.BrokenLine);
                }
            }

            line += whole[i] == '\n' ? 1 : 0;
        }
    }

    [Fact]
    public async Task Verify_RecordRemoved_NamesTheOneBehindIt() => await ForEachLineAsync((lines, i) => [.. lines[..i], .. lines[(i + 1)..]]);

    [Fact]
    public async Task Verify_RecordRepeated_NamesTheCopy() => await ForEachLineAsync((lines, i) => [.. lines[..i], lines[i], .. lines[i..]]);

    [Fact]
    public async Task Verify_RecordsSwapped_NamesTheFirst() =>
        await ForEachLineAsync((lines, i) => i + 1 < lines.Length ? [.. lines[..i], lines[i + 1], lines[i], .. lines[(i + 2)..]] : null);

    [Fact]
    public async Task Verify_EndCutOffAnywhere_IsSeen() => await ForEachLineAsync((lines, i) => i + 1 < lines.Length ? lines[..i] : null);

    [Fact]
    public async Task Verify_OtherKey_RefusesTheFirstCheckpoint()
    {
        await _trail.WriteAsync(3);
        using var other = new AuditTrails();
        var found = AuditFileVerifier.Verify(_trail.Files.Single(), other.Key.PublicKeyPem);
        Assert.Equal(AuditDamage.WrongSignature, found.Damage);
    }

    [Fact]
    public async Task Verify_HeadMissingOrOfAnotherTrail_IsSeen()
    {
        await _trail.WriteAsync(3);
        using var other = new AuditTrails();
        await other.WriteAsync(3);
        File.Copy(other.Files.Single() + ".head", _trail.Files.Single() + ".head", overwrite: true);
        Assert.Equal(AuditDamage.WrongSignature, _trail.Verify().Damage);
        File.Delete(_trail.Files.Single() + ".head");
        Assert.Equal(AuditDamage.NoHead, _trail.Verify().Damage);
    }

    [Fact]
    public async Task Verify_ChainRewrittenWithoutTheKey_FailsAtTheCheckpoint()
    {
        await _trail.WriteAsync(5);
        var file = _trail.Files.Single();
        var lines = await File.ReadAllLinesAsync(file);
        lines[3] = lines[3].Replace("worker-1", "worker-9", StringComparison.Ordinal);
        AuditHash hash = default;
        for (var i = 0; i < lines.Length; i++)
        {
            var covered = lines[i][..lines[i].LastIndexOf(",\"hash\"", StringComparison.Ordinal)];
            hash = AuditChain.Next(hash, (ulong)i + 1, Encoding.UTF8.GetBytes(covered));
            lines[i] = $"{covered},\"hash\":\"{hash}\"}}";
        }

        await File.WriteAllTextAsync(file, string.Join('\n', lines) + "\n");
        Assert.Equal(AuditDamage.WrongSignature, _trail.Verify().Damage);
    }

    [Fact]
    public async Task Reopen_WholeFile_GoesOnBehindIt()
    {
        await _trail.WriteAsync(3);
        await _trail.WriteAsync(3);
        var found = _trail.Verify();
        Assert.True(found.IsIntact, found.Message);
        Assert.Equal(3 + 3 + 2 + 2 + 2, (int)found.LastNumber);
        Assert.Single(_trail.Files);
    }

    [Fact]
    public async Task Reopen_LastLineTorn_DropsItAndSaysSo()
    {
        await _trail.WriteAsync(3);
        await File.AppendAllTextAsync(_trail.Files.Single(), "{\"seq\":99,\"at_un");
        Assert.Equal(16, _trail.Verify().TornBytes);
        await _trail.WriteAsync(1);
        Assert.True(_trail.Verify().IsIntact);
        Assert.Contains("\"dropped_bytes\":\"16\"", await File.ReadAllTextAsync(_trail.Files.Single()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reopen_DamagedFile_RefusesAndLeavesItAsItIs()
    {
        await _trail.WriteAsync(5);
        var file = _trail.Files.Single();
        var text = (await File.ReadAllTextAsync(file)).Replace("worker-2", "worker-X", StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text);
        var failure = Assert.Throws<AuditSinkException>(() => _trail.Open());
        Assert.Contains("Record 5", failure.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(file));
    }

    [Fact]
    public async Task Open_LeftoverOfADeadProcess_IsDeletedAndTheLockIsItsOwnersOnly()
    {
        await _trail.WriteAsync(1);
        var leftover = Path.Combine(_trail.Folder, ".0123456789abcdef.tmp");
        await File.WriteAllTextAsync(leftover, "{");
        File.SetLastWriteTimeUtc(leftover, DateTime.UnixEpoch);
        await _trail.WriteAsync(1);
        Assert.False(File.Exists(leftover));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_trail.Folder, "audit.lock")));
        }
    }

    [Fact]
    public async Task Open_TrailIsBeingWritten_Throws()
    {
        await using var sink = _trail.Open();
        Assert.Throws<IOException>(() => _trail.Open());
    }

    [Fact]
    public async Task Append_FileHasGrown_RotatesAndTheFilesContinueEachOther()
    {
        await _trail.WriteAsync(200, options => options with { MaxFileBytes = 8192, CheckpointEvery = 10 });
        Assert.True(_trail.Files.Length > 3);
        var walked = AuditTrail.Verify(_trail.Folder, _trail.Key.PublicKeyPem);
        Assert.All(walked, file => Assert.True(file.Verification.IsIntact, file.Verification.Message));
        Assert.Equal(_trail.Files.Length, walked.Count);
    }

    [Fact]
    public async Task Verify_RotatedFileMissing_IsSeen()
    {
        await _trail.WriteAsync(200, options => options with { MaxFileBytes = 8192, CheckpointEvery = 10 });
        var files = _trail.Files;
        foreach (var gone in new[] { files[1], files[^1] })
        {
            var bytes = await File.ReadAllBytesAsync(gone);
            File.Delete(gone);
            Assert.Equal(AuditDamage.BrokenSequence, AuditTrail.Verify(_trail.Folder, _trail.Key.PublicKeyPem)[^1].Verification.Damage);
            await File.WriteAllBytesAsync(gone, bytes);
        }
    }

    [Fact]
    public async Task Reopen_DiedWhileBeginningANewFile_BeginsItAnew()
    {
        await _trail.WriteAsync(200, options => options with { MaxFileBytes = 8192, CheckpointEvery = 10 });
        var last = _trail.Files[^1];
        File.Delete(last + ".head");
        await File.WriteAllTextAsync(last, "{\"seq\":");
        await _trail.WriteAsync(1);
        Assert.All(AuditTrail.Verify(_trail.Folder, _trail.Key.PublicKeyPem), file => Assert.True(file.Verification.IsIntact, file.Verification.Message));
    }

    [Fact]
    public async Task Checkpoint_FallsDueWithoutTraffic_IsSigned()
    {
        await using var sink = _trail.Open(options => options with { CheckpointAfter = TimeSpan.FromSeconds(1) });
        await sink.AppendAsync(AuditTrails.Record(0));
        await _trail.Clock.AdvanceUntilAsync(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), () => _trail.Verify() is { Uncovered: 0, LastNumber: >= 4 });
    }

    [Fact]
    public async Task Flush_EverythingAppendedBefore_IsUnderACheckpoint()
    {
        await using var sink = _trail.Open();
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), async (i, _) => await sink.AppendAsync(AuditTrails.Record(i), _));
        await sink.FlushAsync();
        var found = _trail.Verify();
        Assert.True(found.IsIntact, found.Message);
        Assert.Equal(0UL, found.Uncovered);
        Assert.True(found.LastNumber >= 502);
    }

    [Fact]
    public async Task Append_AfterDispose_Throws()
    {
        var sink = _trail.Open();
        await sink.DisposeAsync();
        await Assert.ThrowsAsync<AuditSinkException>(async () => await sink.AppendAsync(AuditTrails.Record(0)));
    }

    [Fact]
    public async Task Append_FolderGone_BreaksTheSinkAndSaysSo()
    {
        await using var sink = _trail.Open();
        Directory.Delete(_trail.Folder, recursive: true);
        await sink.AppendAsync(AuditTrails.Record(0));
        await Assert.ThrowsAsync<AuditSinkException>(async () => await sink.FlushAsync());
        await Assert.ThrowsAsync<AuditSinkException>(async () => await sink.AppendAsync(AuditTrails.Record(1)));
    }

    [Fact]
    public async Task Append_OutcomeOutOfRange_Throws()
    {
        await using var sink = _trail.Open();
        await Assert.ThrowsAsync<ArgumentException>(async () => await sink.AppendAsync(AuditTrails.Record(0) with { Outcome = (AuditOutcome)3 }));
    }

    [Fact]
    public async Task Append_NoFieldsAtAll_IsWritten()
    {
        await using (var sink = _trail.Open())
        {
            await sink.AppendAsync(AuditTrails.Record(0) with { Fields = default });
        }

        Assert.True(_trail.Verify().IsIntact);
    }

    [Fact]
    public async Task Append_EventOfTheTrailItself_Throws()
    {
        await using var sink = _trail.Open();
        await Assert.ThrowsAsync<ArgumentException>(async () => await sink.AppendAsync(AuditTrails.Record(0) with { Event = "audit.checkpoint" }));
    }

    [Fact]
    public async Task Append_HostileTexts_AreCutAndEscaped()
    {
        await using (var sink = _trail.Open())
        {
            await sink.AppendAsync(AuditTrails.Record(0) with { Actor = new string('x', 100_000), RunId = default, Fields = [new("a", "\u0000\"},\n\ud800"), new("a", string.Concat(Enumerable.Repeat("😀", 1000)))] });
        }

        Assert.True(_trail.Verify().IsIntact);
        Assert.True(new FileInfo(_trail.Files.Single()).Length < 20_000);
    }

    private async Task ForEachLineAsync(Func<string[], int, string[]?> change)
    {
        await _trail.WriteAsync(12, options => options with { CheckpointEvery = 4 });
        var file = _trail.Files.Single();
        var lines = await File.ReadAllLinesAsync(file);
        for (var i = 0; i < lines.Length - 1; i++)
        {
            if (change(lines, i) is not { } changed)
            {
                continue;
            }

            await File.WriteAllTextAsync(file, string.Concat(changed.Select(line => line + "\n")));
            var found = _trail.Verify();
            Assert.False(found.IsIntact, $"line {i + 1}");
        }
    }
}
