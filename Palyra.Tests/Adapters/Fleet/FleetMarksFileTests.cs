using System.Text;
using Palyra.Adapters.Json.Fleet;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using Palyra.Domain.Secrets;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Adapters.Fleet;

public sealed class FleetMarksFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StoreKeyRing _keys = StoreKeyRing.FromKeys(new byte[32]);

    private string FilePath => Path.Combine(_folder.Root, FleetMarksFile.FileName);

    public void Dispose()
    {
        _keys.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Load_NothingStored_IsEmpty() => Assert.Same(FleetMarks.Empty, new FleetMarksFile(_folder.Root, _keys).Load());

    [Fact]
    public void Save_ThenLoad_GivesTheSameMarks()
    {
        var marks = new FleetMarks(ulong.MaxValue, [new FleetMark(Id("W-1"), Start), new FleetMark(Id("ω"), After(-5))]);
        new FleetMarksFile(_folder.Root, _keys).Save(marks);
        var loaded = new FleetMarksFile(_folder.Root, _keys).Load();
        Assert.Equal(marks.FencingCeiling, loaded.FencingCeiling);
        Assert.Equal(marks.Marks, loaded.Marks);
    }

    [Fact]
    public void Save_LeavesNoWorkerIdReadable()
    {
        new FleetMarksFile(_folder.Root, _keys).Save(new FleetMarks(0, [new FleetMark(Id("worker-in-trouble"), Start)]));
        Assert.DoesNotContain("worker-in-trouble", Encoding.Latin1.GetString(File.ReadAllBytes(FilePath)), StringComparison.Ordinal);
        Assert.Equal([FilePath], Directory.GetFiles(_folder.Root));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Load_TamperedOrCut_ThrowsInsteadOfForgetting(int change)
    {
        new FleetMarksFile(_folder.Root, _keys).Save(new FleetMarks(0, [new FleetMark(Id("w-1"), Start)]));
        var bytes = File.ReadAllBytes(FilePath);
        switch (change)
        {
            case 0: bytes = []; break;
            case 1: bytes[bytes.Length / 2] ^= 1; break;
            default: bytes = bytes[..^1]; break;
        }

        File.WriteAllBytes(FilePath, bytes);
        Assert.Throws<SecretStoreException>(() => new WorkerFleet(Policy, new FleetMarksFile(_folder.Root, _keys)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"schema_version\":2,\"fencing_ceiling\":0,\"marks\":[]}")]
    [InlineData("{\"schema_version\":1,\"fencing_ceiling\":0,\"marks\":[{\"worker_id\":\"\",\"failed_closed_at_unix_ms\":1}]}")]
    [InlineData("{\"schema_version\":1,\"fencing_ceiling\":-1,\"marks\":[]}")]
    public void Load_SealedButNoMarks_Throws(string content)
    {
        var file = new FleetMarksFile(_folder.Root, _keys);
        file.SealedFile.Write(Encoding.UTF8.GetBytes(content));
        Assert.Throws<SecretStoreException>(file.Load);
    }

    [Fact]
    public void Restart_WorkerFailedBefore_AdmitsOnlyAYoungerAttestationAndHigherTokens()
    {
        var before = new WorkerFleet(Policy, new FleetMarksFile(_folder.Root, _keys));
        Assert.True(before.Register(Claims("w-1"), Start).IsOk);
        var lease = before.Assign(Id("w-1"), Request(), Lease(1), Start).Value;
        Assert.True(before.RevokeLease(Id("w-1"), lease.LeaseId, null, After(10)).IsOk);

        var after = new WorkerFleet(Policy, new FleetMarksFile(_folder.Root, _keys));
        Assert.Equal("AttestationPredatesFailure", after.Register(Claims("W-1"), After(20)).Refusal?.Code);
        Assert.Equal("AttestationPredatesFailure", after.Register(Claims("w-1") with { IssuedAt = After(10) }, After(20)).Refusal?.Code);
        Assert.True(after.Register(Claims("w-1") with { IssuedAt = After(11) }, After(20)).IsOk);
        Assert.True(after.Assign(Id("w-1"), Request("run-2"), Lease(2), After(20)).Value.FencingToken > lease.FencingToken);
    }

    [Fact]
    public void Quarantine_DiskRefuses_ThrowsAndTheWorkerIsOutAllTheSame()
    {
        var fleet = new WorkerFleet(Policy, new MemoryMarkStore { IsBroken = true });
        Assert.True(fleet.Register(Claims("w-1"), Start).IsOk);
        Assert.Throws<FleetMarkStoreException>(() => fleet.Quarantine(Id("w-1"), null, After(1)));
        Assert.Equal(WorkerState.Quarantined, fleet.Get("w-1").State);
        // Until the failure is on disk, nothing more is granted either.
        Assert.Throws<FleetMarkStoreException>(() => fleet.Heartbeat(Id("w-1"), WorkerHealth.Healthy, After(2)));
    }
}
