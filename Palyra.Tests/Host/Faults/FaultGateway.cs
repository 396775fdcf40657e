using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Grpc.Server;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;
using Palyra.Host.Configuration;
using Palyra.Host.Gateway;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Faults;

/// <summary>
/// The gateway that <c>palyra gateway</c> runs, whole: state on disk, node and worker RPC and egress proxy over mutual TLS. Only time stands still until told (the pings of
/// the transport, which are on no clock of ours, are off), and the audit trail can be made to take its time with the record of a lease, which is where a call waits between its lease and its egress.
/// </summary>
internal sealed class FaultGateway : IAsyncDisposable
{
    internal const string Host = "api.example.com";
    internal const string Run = "run-1";
    private readonly TemporaryFolder _folder = new();
    private readonly AttestationSigning _signing = new();
    private readonly GatewayHost _host;

    private FaultGateway(GatewayHost host, GatewaySettings settings, TemporaryFolder folder, AttestationSigning signing, FakeTimeProvider clock, HeldAudit audit, ScriptedOrigin origin)
    {
        (_host, Settings, _folder, _signing, Clock, Audit, Origin) = (host, settings, folder, signing, clock, audit, origin);
        Edge = new TestGateway(clock, host.Services.Identity, host.Services.Certificates);
    }

    /// <summary>What it was started with.</summary>
    internal GatewaySettings Settings { get; }

    internal FakeTimeProvider Clock { get; }

    internal HeldAudit Audit { get; }

    /// <summary>Where the worker's tunnel leads; it never says a word, and keeps what it hears up to each blank line among its heads.</summary>
    internal ScriptedOrigin Origin { get; }

    /// <summary>Devices paired without a handshake, and connections under their certificates.</summary>
    internal TestGateway Edge { get; }

    internal AttestationSigning Signing => _signing;

    internal GatewayHost Running => _host;

    internal GatewayServices Services => _host.Services;

    internal UnixTime Now => UnixTime.Now(Clock);

    internal static async Task<FaultGateway> StartAsync()
    {
        var (folder, signing, audit) = (new TemporaryFolder(), new AttestationSigning(), new HeldAudit());
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var origin = new ScriptedOrigin(async (peer, origin) =>
        {
            while (await origin.NextAsync(peer))
            {
            }
        });
        var egress = ProxyWorld.Reaching(origin);
        var settings = new GatewaySettings
        {
            StateRoot = folder.File("state"),
            NodeRpc = new IPEndPoint(IPAddress.Loopback, 0),
            Egress = new IPEndPoint(IPAddress.Loopback, 0),
            StopGrace = TimeSpan.Zero,
            Fleet = signing.Policy with { HeartbeatTimeoutMs = 45_000 },
            FleetEgress = egress,
            Tools = new Dictionary<string, ToolDefinition> { [RemoteCalls.Tool] = new() { Name = RemoteCalls.Tool, Egress = egress, Posture = new ToolPosture { NetworkEgress = true } } },
        };
        var host = await GatewayHost.StartAsync(settings, logging => logging.SetMinimumLevel(LogLevel.None), CancellationToken.None, services => services
            .AddSingleton<TimeProvider>(clock).AddSingleton<IAuditSink>(audit).AddSingleton<INameResolver>(new FakeNames())
            .Configure<NodeRpcOptions>(rpc => rpc.KeepAliveDelay = rpc.KeepAliveTimeout = TimeSpan.FromMinutes(10)));
        return new FaultGateway(host, settings, folder, signing, clock, audit, origin);
    }

    internal Task<ToolOutcome> CallAsync(TimeSpan ttl, CancellationToken cancellation, string run = Run) => Task.Run(() => Services.Executor.ExecuteAsync(
        Services.Call(RemoteCalls.Tool, RunId.Parse(run), Encoding.UTF8.GetBytes("{\"in\":1}")) with
        {
            Preference = BackendPreference.NetworkedWorker,
            Approval = new ApprovalId(Services.NewUlid()),
            Ttl = ttl,
        },
        cancellation).AsTask());

    /// <summary>The egress token of the lease that a worker holds; none when it holds none or its egress is not open yet.</summary>
    internal string? TokenOf(WorkerId worker) =>
        Services.Fleet.TryGet(worker, out var record) && record.Lease is { } lease && Services.Executor.TryCollectEgressToken(worker, lease.LeaseId, out var token) ? token : null;

    public async ValueTask DisposeAsync()
    {
        Audit.Release();
        await _host.DisposeAsync();
        await Origin.DisposeAsync();
        _signing.Dispose();
        _folder.Dispose();
    }

    /// <summary>Takes every record; the record of a lease waits until it is released, if it was held before.</summary>
    internal sealed class HeldAudit : IAuditSink
    {
        private readonly TaskCompletionSource _leased = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isHeld;

        /// <summary>A call has its lease and waits here.</summary>
        internal Task Leased => _leased.Task;

        /// <summary>The event whose records cannot be taken.</summary>
        internal string? Broken { get; set; }

        internal void Hold() => _isHeld = true;

        internal void Release() => _released.TrySetResult();

        public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default)
        {
            if (record.Event == Broken)
            {
                throw new IOException("disk full");
            }

            if (!_isHeld || record.Event != "execution.leased")
            {
                return ValueTask.CompletedTask;
            }

            _leased.TrySetResult();
            return new ValueTask(_released.Task);
        }
    }
}
