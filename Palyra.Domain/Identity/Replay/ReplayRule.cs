using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity.Replay;

/// <summary>
/// What makes a message fresh: its timestamp is near the gateway's clock, and its nonce is new to the device for as long as the
/// timestamp could still be accepted. Pure; <see cref="ReplayGuard"/> remembers.
/// </summary>
public static class ReplayRule
{
    /// <summary>The longest nonce, in characters.</summary>
    public const int MaxNonceLength = 128;

    /// <summary>How far a timestamp may lie from the gateway's clock, either way: five minutes, inclusive.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a nonce is remembered: ten minutes. A timestamp at the far end of the skew stays acceptable for twice the skew, so nothing
    /// forgotten can be accepted again.
    /// </summary>
    public static readonly TimeSpan NonceLifetime = TimeSpan.FromMinutes(10);

    /// <summary>Judges everything but whether the nonce was seen.</summary>
    /// <returns><c>invalid_nonce</c> or <c>replay_detected</c> when refused.</returns>
    public static Result Judge(ReadOnlySpan<char> nonce, UnixTime timestamp, UnixTime now)
    {
        if (nonce.IsEmpty || nonce.Length > MaxNonceLength)
        {
            return new ReplayRefusal.MalformedNonce();
        }

        var age = now.MillisecondsSince(timestamp);
        var skew = (long)ClockSkew.TotalMilliseconds;
        return age < -skew || age > skew ? new ReplayRefusal.StaleTimestamp() : Result.Ok;
    }

    /// <summary>The first instant at which a nonce accepted now need not be remembered any longer.</summary>
    public static UnixTime ForgetAt(UnixTime now) => now.Add(NonceLifetime).AddMilliseconds(1L);

    /// <summary>The latest timestamp that a message can have carried whose nonce may be forgotten at <paramref name="forgetAt"/>.</summary>
    public static UnixTime LatestTimestampOf(UnixTime forgetAt) => forgetAt.AddMilliseconds(-1L).Add(ClockSkew - NonceLifetime);
}
