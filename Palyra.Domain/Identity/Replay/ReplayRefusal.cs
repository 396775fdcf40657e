using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Identity.Replay;

/// <summary>Why a message was not taken as fresh.</summary>
public abstract record ReplayRefusal : Refusal
{
    private ReplayRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>The nonce is empty or longer than <see cref="ReplayRule.MaxNonceLength"/> characters.</summary>
    public sealed record MalformedNonce() : ReplayRefusal(
        "invalid_nonce", "replay.nonce", $"A nonce has 1 to {ReplayRule.MaxNonceLength} characters.");

    /// <summary>The timestamp lies more than <see cref="ReplayRule.ClockSkew"/> from the gateway's clock, either way.</summary>
    public sealed record StaleTimestamp() : ReplayRefusal(
        "replay_detected", "replay.timestamp_unix_ms", "The timestamp is more than 5 minutes from the gateway's clock; check the clock and send again.");

    /// <summary>The device used the nonce before.</summary>
    public sealed record NonceSeen(DeviceId Device) : ReplayRefusal(
        "replay_detected", Device.ToString(), "The nonce was used before; a message is sent once, a new one takes a new nonce.");

    /// <summary>More nonces are remembered than the guard may hold: it cannot tell a replay any more, so it refuses.</summary>
    public sealed record WindowFull(DeviceId Device) : ReplayRefusal(
        "replay_window_full", Device.ToString(), "Too many messages with replay protection within 10 minutes; slow down.");
}
