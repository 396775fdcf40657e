using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Audit;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Nodes;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>An executor over real services in memory, workers that do as the test says, and a clock that stands still until told.</summary>
internal sealed class RemoteCalls : IAsyncDisposable
{
    internal const string Tool = "palyra.echo";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private RemoteCalls(NodeRuntimes nodes, WorkerFleetPolicy policy, RemoteToolExecutorOptions? options, IFleetMarkStore? marks)
    {
        Nodes = nodes;
        Fleet = new WorkerFleet(policy, marks);
        Egress = new LeaseEgress(Fleet, nodes.Clock);
        Executor = new RemoteToolExecutor(Fleet, nodes.Runtime, Egress, new SeededEntropy(7), nodes.Clock, Audit, options);
    }

    internal NodeRuntimes Nodes { get; }

    internal WorkerFleet Fleet { get; }

    internal LeaseEgress Egress { get; }

    internal RemoteToolExecutor Executor { get; }

    internal MemoryAuditSink Audit { get; } = new();

    internal FakeTimeProvider Clock => Nodes.Clock;

    internal UnixTime Now => Nodes.Now;

    internal static async Task<RemoteCalls> StartAsync(int workers = 1, RemoteToolExecutorOptions? options = null, IFleetMarkStore? marks = null)
    {
        var calls = new RemoteCalls(await NodeRuntimes.OpenAsync(), Workers.Policy with { HeartbeatTimeoutMs = 3_600_000 }, options, marks);
        for (var number = 1; number <= workers; number++)
        {
            await calls.WorkerAsync(number);
        }

        return calls;
    }

    /// <summary>A device that is registered as a node and as a worker.</summary>
    internal async Task<DeviceId> WorkerAsync(int number, params string[] nodeCapabilities)
    {
        var device = await Nodes.NodeAsync(number, nodeCapabilities.Length == 0 ? [Workers.Echo] : nodeCapabilities);
        Assert.True(Fleet.Register(
            Workers.Attestation(device.ToString()) with { IssuedAt = Now.AddMilliseconds(-1000), ExpiresAt = Now.AddMilliseconds(36_000_000) }, Now).IsOk);
        return device;
    }

    internal static ToolCall Call(string run = "run-1", bool idempotent = false) => new()
    {
        RunId = RunId.Parse(run),
        ToolName = Tool,
        Input = "{\"in\":1}"u8.ToArray(),
        Preference = BackendPreference.NetworkedWorker,
        Posture = ToolPosture.Harmless() with { NetworkEgress = true },
        Approval = new ApprovalId(Ulid.FromBits(77)),
        Idempotent = idempotent,
        Egress = LeasedEgress.Tool(),
    };

    /// <summary>The worker side of one call, up to the dispatch.</summary>
    internal async Task<WorkerSide> DispatchedAsync(int number = 1)
    {
        var device = NodeRuntimes.Device(number);
        var connection = Nodes.Connect(device);
        using var patience = new CancellationTokenSource(Patience);
        var dispatch = await connection.Dispatches.ReadAsync(patience.Token);
        return new WorkerSide(this, device, connection, dispatch);
    }

    internal WorkerRecord Worker(int number = 1) => Fleet.Get(NodeRuntimes.Device(number).ToString());

    /// <summary>What must hold after every call, however it ended: no open egress, no running call, no pending request.</summary>
    internal void AssertNothingLeft()
    {
        Assert.Equal(0, Egress.Count);
        Assert.Equal(0, Executor.Running);
        Assert.All(Nodes.Runtime.ListRequests(), request => Assert.True(request.IsFinal, $"{request.Id} is {request.State}"));
    }

    internal static async Task<ToolOutcome> EndOf(Task<ToolOutcome> call) => await call.WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        Executor.Dispose();
        Egress.Dispose();
        await Nodes.DisposeAsync();
    }

    /// <summary>A worker that got a dispatch.</summary>
    internal sealed class WorkerSide(RemoteCalls calls, DeviceId device, NodeConnection connection, CapabilityDispatch dispatch)
    {
        internal static readonly byte[] Output = "{\"out\":2}"u8.ToArray();

        internal WorkerId Id { get; } = WorkerId.From(device);

        internal CapabilityDispatch Dispatch => dispatch;

        internal LeaseId Lease => dispatch.Lease!.Value;

        internal string? Token => calls.Executor.TryCollectEgressToken(Id, Lease, out var token) ? token : null;

        internal async Task<WorkerSide> StartAsync()
        {
            Assert.True(calls.Fleet.Start(Id, Lease, calls.Now).IsOk);
            await calls.Nodes.Runtime.MarkAccepted(dispatch.Id, device);
            return this;
        }

        internal async Task<WorkerSide> AnswerAsync(bool success = true, byte[]? output = null)
        {
            Assert.True((await calls.Nodes.Runtime.Complete(dispatch.Id, device, success, success ? output ?? Output : default, success ? null : "boom")).IsOk);
            return this;
        }

        internal async Task<Result> VerifyAsync(byte[]? sent = null) => await calls.Executor.VerifyOutputAsync(
            Id, Lease, Convert.ToHexStringLower(SHA256.HashData(sent ?? Output)), CancellationToken.None).AsTask().WaitAsync(Patience);

        internal Result<WorkerLifecycleEvent> Complete(CleanupReport? report = null) => calls.Fleet.Complete(Id, Lease, report ?? CleanupReport.Verified, calls.Now);

        internal void Disconnect() => connection.Dispose();
    }
}
