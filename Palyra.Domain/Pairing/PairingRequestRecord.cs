using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Pairing;

/// <summary>A device that proved a pairing code, and what became of it.</summary>
public sealed record PairingRequestRecord
{
    /// <summary>The handshake's id, which is the request's id too.</summary>
    public required PairingSessionId SessionId { get; init; }

    /// <summary>The device.</summary>
    public required DeviceId DeviceId { get; init; }

    /// <summary>What the device is.</summary>
    public required ClientKind ClientKind { get; init; }

    /// <summary>How the code travelled.</summary>
    public required PairingMethod Method { get; init; }

    /// <summary>Who minted the code.</summary>
    public required string CodeIssuedBy { get; init; }

    /// <summary>When the device proved the code.</summary>
    public required UnixTime RequestedAt { get; init; }

    /// <summary>From this instant on the request is expired, unless it is final already.</summary>
    public required UnixTime ExpiresAt { get; init; }

    /// <summary>The question put to a person.</summary>
    public required ApprovalId ApprovalId { get; init; }

    /// <summary>Where it stands.</summary>
    public required PairingRequestState State { get; init; }

    /// <summary>What the handshake proved.</summary>
    public required VerifiedPairing VerifiedPairing { get; init; }

    /// <summary>Why it was decided as it was.</summary>
    public string? DecisionReason { get; init; }

    /// <summary>How long the approval lasts from the decision on, in milliseconds; <see langword="null"/> for no end.</summary>
    public long? DecisionScopeTtlMs { get; init; }

    /// <summary>When the approval ends; <see langword="null"/> when it has no end. Without a time of decision it counts from the request, which is never later.</summary>
    public UnixTime? ScopeEndsAt => DecisionScopeTtlMs is { } ttl ? (DecidedAt ?? RequestedAt).AddMilliseconds(ttl) : null;

    /// <summary>Who decided; <see langword="null"/> for a request nobody decided, or that another implementation recorded.</summary>
    public string? DecidedBy { get; init; }

    /// <summary>When it was decided; <see langword="null"/> as <see cref="DecidedBy"/>.</summary>
    public UnixTime? DecidedAt { get; init; }

    /// <summary>What the device collected; only on a completed request.</summary>
    public PairingMaterial? Material { get; init; }
}
