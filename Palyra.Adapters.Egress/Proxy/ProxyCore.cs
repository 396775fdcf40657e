using Microsoft.Extensions.Logging;
using Palyra.Adapters.Egress.Transport;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>What all connections of one proxy share.</summary>
internal sealed class ProxyCore : IDisposable
{
    private readonly IAuditSink _audit;
    private readonly ILogger _log;
    private readonly LeaseEgress _egress;
    private readonly StrangerTrail _strangerTrail;
    private bool _auditBroken;
    private bool _draining;
    private int _handshakes;

    internal ProxyCore(
        EgressProxyOptions options,
        LeaseEgress egress,
        ProxyBindings bindings,
        INameResolver resolver,
        IAuditSink audit,
        ISecretVault? vault,
        IClientCertificateGate? gate,
        TimeProvider clock,
        ILogger log)
    {
        Options = options;
        Clock = clock;
        Vault = vault;
        _audit = audit;
        _log = log;
        _egress = egress;
        _strangerTrail = new StrangerTrail(clock);
        Judge = new SessionJudge(egress, resolver);
        Callers = new CallerGate(egress, bindings, gate, clock);
        Sweep = new DeadlineSweep(clock);
        Pool = new OriginPool(clock, options.PoolIdleTimeout, options.MaxPooledConnections);
        Dialler = new OriginDialler(options.ConnectTimeout, options.AdditionalTrustedRoots);
        Tunnels = new WorkerSlots(options.MaxTunnelsPerWorker, options.MaxTunnels);
        Requests = new WorkerSlots(options.MaxRequestsPerWorker, int.MaxValue);
        Connections = new WorkerSlots(options.MaxConnectionsPerWorker, int.MaxValue);
        Strangers = new Strangers(options.MaxStrangers);
        egress.PolicyChanged += OnPolicyChanged;
    }

    internal EgressProxyOptions Options { get; }

    internal TimeProvider Clock { get; }

    internal ISecretVault? Vault { get; }

    internal SessionJudge Judge { get; }

    internal CallerGate Callers { get; }

    internal DeadlineSweep Sweep { get; }

    internal OriginPool Pool { get; }

    internal OriginDialler Dialler { get; }

    internal WorkerSlots Tunnels { get; }

    internal WorkerSlots Requests { get; }

    /// <summary>The connections that have shown whose they are.</summary>
    internal WorkerSlots Connections { get; }

    /// <summary>The connections that have not.</summary>
    internal Strangers Strangers { get; }

    /// <summary>Whether the audit trail took no record the last time; while it is so, nothing is let out.</summary>
    internal bool IsAuditBroken => Volatile.Read(ref _auditBroken);

    /// <summary>Whether the proxy is stopping: what is under way may end, nothing new begins.</summary>
    internal bool IsDraining => Volatile.Read(ref _draining);

    /// <summary>The number of connections whose TLS handshake is under way.</summary>
    internal int Handshakes => Volatile.Read(ref _handshakes);

    internal ILogger Log => _log;

    internal void HandshakeBegan() => Interlocked.Increment(ref _handshakes);

    internal void HandshakeEnded() => Interlocked.Decrement(ref _handshakes);

    /// <summary>Writes the record of what was done for a session.</summary>
    /// <returns>Whether the trail has it. If not, the caller ends the act, and nothing new is done until the trail takes records again.</returns>
    internal ValueTask<bool> AuditAsync(EgressSession session, string method, in EgressVerdict verdict, EgressTraffic traffic) => EndAsync(
        EgressAudit.Record(new EgressActor(session.WorkerId, session.LeaseId, session.RunId), method, verdict, traffic, UnixTime.Now(Clock)), traffic);

    /// <summary>Writes the record of a request that nobody with a live lease made, or counts it when there are too many of them.</summary>
    internal ValueTask<bool> AuditStrangerAsync(string method) => _strangerTrail.TryTake(method, UnixTime.Now(Clock)) is { } record
        ? EndAsync(record, default)
        : new ValueTask<bool>(true);

    /// <summary>Whether the audit trail takes records, asked of it with one when it failed before.</summary>
    internal ValueTask<bool> IsAuditedAsync() => !Volatile.Read(ref _auditBroken)
        ? new ValueTask<bool>(true)
        : AppendAsync(new AuditRecord { At = UnixTime.Now(Clock), Event = "egress.audit_resumed", Outcome = AuditOutcome.Allowed });

    /// <summary>Lets nothing new begin and closes what is idle.</summary>
    internal void Drain()
    {
        Volatile.Write(ref _draining, true);
        foreach (var watched in Sweep.All)
        {
            ((ClientConnection)watched).CloseIfIdle();
        }

        Pool.Clear();
    }

    /// <summary>Cuts everything.</summary>
    internal void AbortAll()
    {
        foreach (var watched in Sweep.All)
        {
            ((ClientConnection)watched).Abort(ProxyReason.Draining);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _egress.PolicyChanged -= OnPolicyChanged;
        AbortAll();
        Sweep.Dispose();
        Pool.Dispose();
    }

    private ValueTask<bool> EndAsync(AuditRecord record, EgressTraffic traffic)
    {
        ProxyMetrics.Ended(record, traffic);
        return AppendAsync(record);
    }

    private async ValueTask<bool> AppendAsync(AuditRecord record)
    {
        try
        {
            await _audit.AppendAsync(record).ConfigureAwait(false);
            Volatile.Write(ref _auditBroken, false);
            return true;
        }
        catch (AuditSinkException broken)
        {
            // Said once: anybody may ask while it lasts.
            if (!Interlocked.Exchange(ref _auditBroken, true))
            {
                ProxyLog.AuditBroken(_log, broken);
            }

            return false;
        }
    }

    private void OnPolicyChanged(object? sender, EventArgs e)
    {
        // Connections to origins are kept per policy: those of the old one would never be used again.
        Pool.Clear();
        foreach (var watched in Sweep.All)
        {
            var connection = (ClientConnection)watched;
            if (connection.JudgeAgain is { } judge && judge() is { } reason)
            {
                connection.Abort(reason);
            }
        }
    }
}
