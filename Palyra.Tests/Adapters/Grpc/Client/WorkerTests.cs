using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Client;

public sealed class WorkerTests : IAsyncLifetime
{
    private static readonly TimeSpan HalfASecond = TimeSpan.FromSeconds(0.5);

    private readonly TemporaryFolder _scratch = new();
    private readonly FleetWatch _watch = new();
    private readonly Outage _outage = new();
    private TestAttestor _attestor = null!;
    private RpcGateway _gateway = null!;

    private Palyra.Domain.Time.UnixTime Now => _gateway.Gateway.Now;

    public async Task InitializeAsync()
    {
        _attestor = new TestAttestor(() => Now);
        _gateway = await RpcGateway.StartAsync(policy: _attestor.Policy, add: services => services.AddSingleton<ILeasedWork>(_outage));
        _gateway.Fleet.Subscribe(_watch);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        _attestor.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Connect_WithAttestor_RegistersAnAttestedWorker()
    {
        await using var node = await StartAsync((_, _) => default);
        Assert.Equal(WorkerState.Registered, State(node));
    }

    [Fact]
    public async Task LeasedWork_Done_IsStartedAnsweredAndCleanedUp()
    {
        ActiveLease? seen = null;
        await using var node = await StartAsync((invocation, _) =>
        {
            seen = invocation.Lease;
            File.WriteAllText(Path.Combine(seen!.ScratchFolder, "work.txt"), "work");
            return new(CapabilityOutput.Succeeded(invocation.InputJson));
        });
        var (lease, outcome) = await RunAsync(node);
        Assert.True((await outcome).Success);
        await _watch.Saw("worker.completed");
        Assert.Equal(lease.LeaseId, seen!.LeaseId);
        Assert.Equal(lease.FencingToken, seen.FencingToken);
        Assert.Equal(WorkerState.Completed, State(node));
        Assert.Empty(Directory.GetFileSystemEntries(_scratch.Root));
    }

    [Fact]
    public async Task LeasedWork_EgressWithoutASession_IsAdvisedAgainst()
    {
        var advice = new TaskCompletionSource<EgressAdvice>();
        await using var node = await StartAsync(async (invocation, over) =>
        {
            advice.SetResult(await invocation.Lease!.EvaluateEgressAsync("GET", "https://example.com/", over));
            return CapabilityOutput.Succeeded("{}");
        });
        var (_, outcome) = await RunAsync(node);
        Assert.True((await outcome).Success);
        var given = await advice.Task;
        Assert.False(given.Allowed);
        Assert.NotEmpty(given.ReasonCode);
        Assert.NotEqual("node.unreachable", given.ReasonCode);
    }

    [Fact]
    public async Task Run_AfterAnEarlierProcessWasKilled_RemovesItsScratchFolders()
    {
        var node = NodeClients.For(_gateway, options => options with { ScratchRoot = _scratch.Root });
        var device = await node.PairAsync();
        var (mine, other) = (_scratch.File($"palyra-lease-{device}-x"), _scratch.File($"palyra-lease-{Identities.DeviceB}-x"));
        Directory.CreateDirectory(Path.Combine(mine, "deep"));
        Directory.CreateDirectory(other);
        await node.RunAsync();
        Assert.False(Directory.Exists(mine));
        Assert.True(Directory.Exists(other));
        await node.DisposeAsync();
    }

    [Fact]
    public async Task LeasedWork_ItsTimeIsOver_IsStoppedBeforeTheLeaseEnds()
    {
        var (started, stopped) = (Signal(), Signal());
        await using var node = await StartAsync(async (_, over) =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, over);
            }
            finally
            {
                stopped.SetResult();
            }

            return default;
        });
        var (lease, outcome) = await RunAsync(node, ttlMs: 60_000);
        await started.Task;
        _gateway.Gateway.Clock.Advance(TimeSpan.FromSeconds(57.9));
        Assert.False(stopped.Task.IsCompleted);
        _gateway.Gateway.Clock.Advance(TimeSpan.FromSeconds(0.1));
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(Now < lease.ExpiresAt);
        Assert.StartsWith("lease_expired:", (await outcome).Error, StringComparison.Ordinal);
        await _watch.Saw("worker.completed");
    }

    [Fact]
    public async Task LeasedWork_GatewayGone_IsStoppedByTheWorkersOwnClock()
    {
        var (started, stopped) = (Signal(), Signal());
        var node = await StartAsync(async (_, over) =>
        {
            using var registration = over.Register(stopped.SetResult);
            started.SetResult();
            await Task.Delay(Timeout.Infinite, over);
            return default;
        });
        await RunAsync(node, ttlMs: 60_000);
        await started.Task;
        await _gateway.Server.StopAsync(CancellationToken.None);
        _gateway.Gateway.Clock.Advance(TimeSpan.FromSeconds(57.9));
        Assert.False(stopped.Task.IsCompleted);
        _gateway.Gateway.Clock.Advance(TimeSpan.FromSeconds(0.1));
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30));
        // What it would report finds nobody; its waits between the tries are on this clock.
        await AdvanceUntilAsync(node.StopAsync(), 600);
    }

    [Fact]
    public async Task LeasedWork_DoesNotStop_MakesTheCleanupAFailure()
    {
        var (started, release) = (Signal(), Signal());
        await using var node = await StartAsync(async (_, _) =>
        {
            started.SetResult();
            await release.Task;
            return default;
        }, margin: 40);
        var (_, outcome) = await RunAsync(node, ttlMs: 60_000);
        await started.Task;
        _gateway.Gateway.Clock.Advance(TimeSpan.FromSeconds(20));
        await AdvanceUntilAsync(_watch.Saw("worker.cleanup_failed"), 35);
        Assert.StartsWith("lease_expired:", (await outcome).Error, StringComparison.Ordinal);
        Assert.Equal(WorkerState.Quarantined, State(node));
        release.SetResult();
    }

    [Fact]
    public async Task LeasedWork_NoScratchFolderToBeHad_FailsAndIsCleanedUp()
    {
        var executed = false;
        await using var node = await StartAsync((_, _) =>
        {
            executed = true;
            return default;
        });
        var device = node.Client.DeviceId!.Value;
        var lease = Assign(WorkerId.From(device), 60_000);
        File.WriteAllText(_scratch.File($"palyra-lease-{device}-{lease.LeaseId}"), "in the way");
        Assert.StartsWith("failed:", (await await EnqueueAsync(node, lease)).Error, StringComparison.Ordinal);
        await _watch.Saw("worker.completed");
        Assert.False(executed);
    }

    [Fact]
    public async Task LeasedWork_GatewayTakesNoReportForLong_IsReportedWithinTheLease()
    {
        _outage.Reports = 8;
        await using var node = await StartAsync((_, _) => new(CapabilityOutput.Succeeded("{}")));
        var (_, outcome) = await RunAsync(node, ttlMs: 60_000);
        Assert.True((await outcome).Success);
        await AdvanceUntilAsync(_watch.Saw("worker.completed"), 50);
    }

    [Fact]
    public async Task LeasedWork_Renewed_GoesOn()
    {
        var (renewed, stopped) = (Signal(), Signal());
        await using var node = await StartAsync(async (invocation, over) =>
        {
            Assert.True(await invocation.Lease!.RenewAsync(TimeSpan.FromMinutes(5), over));
            renewed.SetResult();
            using var registration = over.Register(stopped.SetResult);
            await Task.Delay(Timeout.Infinite, over);
            return default;
        });
        var (_, outcome) = await RunAsync(node, ttlMs: 60_000);
        await renewed.Task;
        _gateway.Gateway.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(stopped.Task.IsCompleted);
        await AdvanceUntilAsync(stopped.Task, 300);
        Assert.StartsWith("lease_expired:", (await outcome).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeasedWork_LeaseRevokedBeforeItStarts_IsNotExecuted()
    {
        var executed = false;
        await using var node = await StartAsync((_, _) =>
        {
            executed = true;
            return default;
        });
        var worker = WorkerId.From(node.Client.DeviceId!.Value);
        var lease = Assign(worker, 60_000);
        Assert.True(_gateway.Fleet.RevokeLease(worker, lease.LeaseId, null, Now).IsOk);
        Assert.StartsWith("start_refused:", (await await EnqueueAsync(node, lease)).Error, StringComparison.Ordinal);
        Assert.False(executed);
    }

    [Fact]
    public async Task LeasedWork_StopOfTheNode_ReportsItsCleanup()
    {
        var started = Signal();
        await using var node = await StartAsync(async (_, over) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, over);
            return default;
        });
        var (_, outcome) = await RunAsync(node);
        await started.Task;
        await node.StopAsync();
        Assert.StartsWith("stopped:", (await outcome).Error, StringComparison.Ordinal);
        await _watch.Saw("worker.completed");
    }

    [Fact]
    public async Task ForgottenByTheFleet_AttestsAgainAtTheNextHeartbeat()
    {
        await using var node = await StartAsync((_, _) => default);
        var worker = WorkerId.From(node.Client.DeviceId!.Value);
        Assert.True(_gateway.Fleet.Deregister(worker, Now).IsOk);
        await _gateway.Gateway.Clock.AdvanceUntilAsync(HalfASecond, TimeSpan.FromSeconds(200), () => _gateway.Fleet.TryGet(worker, out _));
        Assert.Equal(WorkerState.Registered, State(node));
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private WorkerState State(NodeClients node) =>
        _gateway.Fleet.TryGet(WorkerId.From(node.Client.DeviceId!.Value), out var record) ? record.State : default;

    private async Task<NodeClients> StartAsync(Func<CapabilityInvocation, CancellationToken, ValueTask<CapabilityOutput>> handler, double margin = 2)
    {
        var node = NodeClients.For(
            _gateway, options => options with { Attestor = _attestor, ScratchRoot = _scratch.Root, LeaseMargin = TimeSpan.FromSeconds(margin) });
        node.Handlers.Add(Builders.Workers.Echo, handler);
        await node.PairAsync();
        await node.RunAsync();
        await _watch.Saw("worker.registered");
        return node;
    }

    private WorkerLease Assign(WorkerId worker, ulong ttlMs)
    {
        var request = Builders.Workers.Request(ttlMs: ttlMs, capabilities: Builders.Workers.Echo);
        request = request with { Grant = request.Grant with { ExpiresAt = Now.Add(TimeSpan.FromHours(1)) } };
        return _gateway.Fleet.Assign(worker, request, new LeaseId(Ulid.Create(Now, RandomNumberGenerator.GetBytes(10))), Now).Value;
    }

    private async Task<(WorkerLease Lease, Task<CapabilityOutcome> Outcome)> RunAsync(NodeClients node, ulong ttlMs = 60_000)
    {
        var lease = Assign(WorkerId.From(node.Client.DeviceId!.Value), ttlMs);
        return (lease, await EnqueueAsync(node, lease));
    }

    private async Task<Task<CapabilityOutcome>> EnqueueAsync(NodeClients node, WorkerLease lease)
    {
        var pending = (await _gateway.Runtime.Enqueue(
            node.Client.DeviceId!.Value, Builders.Workers.Echo, Encoding.UTF8.GetBytes("{}"), 0, Now.Add(TimeSpan.FromHours(1)), lease.LeaseId, lease.FencingToken)).Value;
        return pending.Completion.AsTask().WaitAsync(TimeSpan.FromSeconds(60));
    }

    private Task AdvanceUntilAsync(Task happened, int seconds) =>
        _gateway.Gateway.Clock.AdvanceUntilAsync(HalfASecond, TimeSpan.FromSeconds(seconds), happened);

    /// <summary>Has the gateway be unavailable to so many cleanup reports.</summary>
    private sealed class Outage : ILeasedWork
    {
        internal int Reports { get; set; }

        public bool TryCollectEgressToken(WorkerId worker, LeaseId lease, [NotNullWhen(true)] out string? token)
        {
            token = null;
            return false;
        }

        public ValueTask<Result> VerifyOutputAsync(WorkerId worker, LeaseId lease, string? outputManifestSha256, CancellationToken cancellation) =>
            Reports-- > 0 ? throw new RpcException(new Status(StatusCode.Unavailable, "for the test")) : new(Result.Ok);
    }
}
