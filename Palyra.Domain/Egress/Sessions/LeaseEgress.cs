using System.Diagnostics;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Egress.Sessions;

/// <summary>
/// Opens egress for leases and closes it with them. It follows the fleet: whatever ends a lease (completion, expiry, revocation, quarantine,
/// deregistration) closes its session at once, and a session closes by itself when its lease expires, swept or not.
/// </summary>
/// <remarks>Safe for concurrent callers. Lock order: the fleet's lock, then this one; the fleet is never called under this one.</remarks>
public sealed class LeaseEgress : IFleetObserver, IDisposable
{
    private readonly WorkerFleet _fleet;
    private readonly TimeProvider _clock;
    private readonly IDisposable _subscription;
    private readonly Lock _lock = new();
    private readonly Dictionary<LeaseId, EgressSession> _byLease = [];
    private readonly Dictionary<EgressToken, EgressSession> _byToken = [];
    private readonly Dictionary<WorkerId, EgressSession> _byWorker = [];
    private EgressPolicy? _fleetPolicy;
    private bool _stopped;

    /// <summary>Egress for the leases of a fleet.</summary>
    public LeaseEgress(WorkerFleet fleet, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(fleet);
        ArgumentNullException.ThrowIfNull(clock);
        _fleet = fleet;
        _clock = clock;
        _subscription = fleet.Subscribe(this);
    }

    /// <summary>Raised after a policy changed, outside any lock: what is open must be judged again.</summary>
    public event EventHandler? PolicyChanged;

    /// <summary>
    /// The policy over all sessions: a request must be allowed by it and by its session's own. <see langword="null"/> leaves the session's alone.
    /// </summary>
    public EgressPolicy? FleetPolicy
    {
        get => Volatile.Read(ref _fleetPolicy);
        set
        {
            Volatile.Write(ref _fleetPolicy, value);
            JudgeAgain();
        }
    }

    /// <summary>The number of open sessions.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byLease.Count;
            }
        }
    }

    /// <summary>
    /// Opens egress for an active lease until it ends. Refused with <c>egress.session.lease_not_active</c>, <c>egress.session.already_open</c>,
    /// <c>egress.session.token_in_use</c> or <c>egress.session.gateway_stopped</c>.
    /// </summary>
    /// <param name="lease">The lease, as the fleet gave it.</param>
    /// <param name="tool">What the leased tool may reach.</param>
    /// <param name="token">32 random bytes; the worker gets them as <see cref="EgressToken.ToText"/>, the gateway keeps their hash.</param>
    /// <param name="now">The time now.</param>
    /// <exception cref="ArgumentException">The token is not 32 random bytes.</exception>
    public Result<EgressSession> Open(WorkerLease lease, ToolEgress tool, ReadOnlySpan<byte> token, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(tool);
        var session = new EgressSession(lease.LeaseId, lease.RunId, lease.WorkerId, tool, lease.ExpiresAt)
        {
            Token = EgressToken.Of(token),
            FencingToken = lease.FencingToken,
            Trace = Activity.Current?.Context ?? default,
        };
        if (now >= lease.ExpiresAt)
        {
            return new EgressSessionRefusal.LeaseNotActive(lease.LeaseId);
        }

        EgressSession? superseded;
        lock (_lock)
        {
            // INVARIANT: no session that nobody would close. Whoever stopped following the fleet does not hear of a lease's end.
            if (_stopped)
            {
                return new EgressSessionRefusal.Stopped(lease.LeaseId);
            }

            if (_byLease.ContainsKey(lease.LeaseId))
            {
                return new EgressSessionRefusal.AlreadyOpen(lease.LeaseId);
            }

            if (_byToken.ContainsKey(session.Token))
            {
                return new EgressSessionRefusal.TokenInUse(lease.LeaseId);
            }

            superseded = _byWorker.GetValueOrDefault(lease.WorkerId);
            if (superseded is not null)
            {
                // A worker holds one lease, and the higher token is the newer one: a late caller ends nobody's egress but its own.
                if (superseded.FencingToken > lease.FencingToken)
                {
                    return new EgressSessionRefusal.LeaseNotActive(lease.LeaseId);
                }

                Remove_NeedsLock(superseded);
            }

            _byLease.Add(lease.LeaseId, session);
            _byToken.Add(session.Token, session);
            _byWorker.Add(lease.WorkerId, session);
            Arm_NeedsLock(session, now);
        }

        superseded?.End("egress.session.superseded");

        // INVARIANT: no session outlives its lease. The lease may have ended before the session was there to be closed, so look after it is.
        if (!IsActive(lease))
        {
            Close(lease.LeaseId, "egress.session.lease_not_active");
            return new EgressSessionRefusal.LeaseNotActive(lease.LeaseId);
        }

        return session;
    }

    /// <summary>The live session of a presented token.</summary>
    /// <param name="token">The token's text as the caller sent it; anything but a live token's exact text finds nothing.</param>
    /// <param name="now">The time now.</param>
    public Result<EgressSession> TryAuthorize(ReadOnlySpan<byte> token, UnixTime now)
    {
        EgressSession? session = null;
        if (EgressToken.TryParse(token, out var hash))
        {
            lock (_lock)
            {
                _byToken.TryGetValue(hash, out session);
            }
        }

        return IfLive(session, now);
    }

    /// <summary>The live session of a worker that has proven who it is.</summary>
    public Result<EgressSession> TryAuthorize(WorkerId worker, UnixTime now)
    {
        EgressSession? session;
        lock (_lock)
        {
            _byWorker.TryGetValue(worker, out session);
        }

        return IfLive(session, now);
    }

    /// <summary>Has everything that is open judged again, after the terms of a tool changed.</summary>
    public void JudgeAgain() => PolicyChanged?.Invoke(this, EventArgs.Empty);

    /// <summary>Closes the egress of a lease. Closing twice, or what was never open, does nothing.</summary>
    /// <returns>Whether this call closed it.</returns>
    public bool Close(LeaseId lease, string reason)
    {
        ArgumentException.ThrowIfNullOrEmpty(reason);
        EgressSession? session;
        lock (_lock)
        {
            if (_byLease.TryGetValue(lease, out session))
            {
                Remove_NeedsLock(session);
            }
        }

        return session?.End(reason) ?? false;
    }

    /// <summary>Closes the session of a lease that ended. Called by the fleet.</summary>
    void IFleetObserver.OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease)
    {
        if (endedLease is { } lease)
        {
            Close(lease, lifecycleEvent.ReasonCode);
        }
    }

    /// <summary>Moves a session's end after its lease was renewed. Called by the fleet.</summary>
    void IFleetObserver.OnRenewed(WorkerLease lease)
    {
        var now = UnixTime.Now(_clock);
        lock (_lock)
        {
            if (_byLease.TryGetValue(lease.LeaseId, out var session) && session.IsLiveAt(now))
            {
                // The end only moves away: the timer finds the session alive and sets itself anew.
                session.Extend(lease.ExpiresAt);
            }
        }
    }

    /// <summary>Closes every session, stops following the fleet and opens nothing any more.</summary>
    public void Dispose()
    {
        _subscription.Dispose();
        EgressSession[] sessions;
        lock (_lock)
        {
            _stopped = true;
            sessions = [.. _byLease.Values];
        }

        foreach (var session in sessions)
        {
            Close(session.LeaseId, "egress.session.gateway_stopped");
        }
    }

    private bool IsActive(WorkerLease lease) => _fleet.TryGet(lease.WorkerId, out var record) && record.Lease?.LeaseId == lease.LeaseId;

    private Result<EgressSession> IfLive(EgressSession? session, UnixTime now)
    {
        if (session is null)
        {
            return new EgressSessionRefusal.NoSession();
        }

        if (session.IsLiveAt(now))
        {
            return session;
        }

        // The clock passed the expiry before the timer came.
        Close(session.LeaseId, WorkerReason.TtlExpired);
        return new EgressSessionRefusal.NoSession();
    }

    private void Arm_NeedsLock(EgressSession session, UnixTime now)
    {
        var left = TimeSpan.FromMilliseconds(Math.Clamp(session.ExpiresAt.MillisecondsSince(now), 0, (long)TimeSpan.FromDays(1).TotalMilliseconds));
        if (session.Expiry is null)
        {
            session.Expiry = _clock.CreateTimer(_ => Expire(session), null, left, Timeout.InfiniteTimeSpan);
        }
        else
        {
            session.Expiry.Change(left, Timeout.InfiniteTimeSpan);
        }
    }

    private void Expire(EgressSession session)
    {
        lock (_lock)
        {
            var now = UnixTime.Now(_clock);
            if (session.IsLiveAt(now))
            {
                // Renewed meanwhile, or longer than one timer reaches.
                Arm_NeedsLock(session, now);
                return;
            }
        }

        Close(session.LeaseId, WorkerReason.TtlExpired);
    }

    private void Remove_NeedsLock(EgressSession session)
    {
        _byLease.Remove(session.LeaseId);
        _byToken.Remove(session.Token);
        _byWorker.Remove(session.WorkerId);
    }
}
