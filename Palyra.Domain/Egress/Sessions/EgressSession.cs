using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Egress.Sessions;

/// <summary>
/// The right of one leased worker to reach out, as long as the lease lives. Made and closed by <see cref="LeaseEgress"/> only.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "the source has neither timer nor wait handle, and callers may still look at its token after the end")]
public sealed class EgressSession
{
    private readonly CancellationTokenSource _closed = new();
    private readonly ToolEgress _tool;
    private string? _closeReason;
    private long _expiresAt;

    internal EgressSession(LeaseId lease, RunId run, WorkerId worker, ToolEgress tool, UnixTime expiresAt)
    {
        LeaseId = lease;
        RunId = run;
        WorkerId = worker;
        _tool = tool;
        _expiresAt = expiresAt.Milliseconds;
        Closed = _closed.Token;
    }

    /// <summary>The lease that carries the session.</summary>
    public LeaseId LeaseId { get; }

    /// <summary>The run the lease is for.</summary>
    public RunId RunId { get; }

    /// <summary>The worker that holds the lease.</summary>
    public WorkerId WorkerId { get; }

    /// <summary>What the leased tool may reach, as it is now: it may change while the session lives.</summary>
    public EgressTerms Terms => _tool.Terms;

    /// <summary>When the session ends by itself: the expiry of the lease.</summary>
    public UnixTime ExpiresAt => new(Volatile.Read(ref _expiresAt));

    /// <summary>Cancelled the moment the session ends, whatever ended it. Everything under way for it must stop then.</summary>
    public CancellationToken Closed { get; }

    /// <summary>Why the session ended, e.g. <c>worker.lease_revoked</c>; <see langword="null"/> while it lives.</summary>
    public string? CloseReason => Volatile.Read(ref _closeReason);

    /// <summary>The trace of the call that opened it, which what goes out under it belongs to; the default when nobody listens.</summary>
    public ActivityContext Trace { get; init; }

    internal EgressToken Token { get; init; }

    internal ulong FencingToken { get; init; }

    internal ITimer? Expiry { get; set; }

    /// <summary>Whether the session is open at this instant.</summary>
    public bool IsLiveAt(UnixTime now) => CloseReason is null && now < ExpiresAt;

    internal void Extend(UnixTime expiresAt) => Volatile.Write(ref _expiresAt, expiresAt.Milliseconds);

    /// <summary>Ends the session. Callbacks on <see cref="Closed"/> run elsewhere: the caller may hold the fleet's lock.</summary>
    internal bool End(string reason)
    {
        if (Interlocked.CompareExchange(ref _closeReason, reason, null) is not null)
        {
            return false;
        }

        Expiry?.Dispose();
        _ = _closed.CancelAsync();
        return true;
    }

    /// <summary>Lease, worker and whether it is open; no credential.</summary>
    public override string ToString() => $"egress of lease {LeaseId} for {WorkerId}: {CloseReason ?? "open"}";
}
