using System.Diagnostics;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>One handshake between its begin and its completion.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record PairingSession
{
    /// <summary>Its id.</summary>
    public required PairingSessionId Id { get; init; }

    /// <summary>What began it.</summary>
    public required ClientKind ClientKind { get; init; }

    /// <summary>How its code travelled.</summary>
    public required PairingMethod Method { get; init; }

    /// <summary>Who minted its code.</summary>
    public required string CodeIssuedBy { get; init; }

    /// <summary>From this instant on it cannot be completed.</summary>
    public required UnixTime ExpiresAt { get; init; }

    /// <summary>32 random bytes.</summary>
    public required ReadOnlyMemory<byte> Challenge { get; init; }

    /// <summary>The gateway's agreement key for this session.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public required IPairingAgreement Agreement { get; init; }

    /// <summary>Its code.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public required string Code { get; init; }

    /// <summary>What it was completed with; <see langword="null"/> while it is open.</summary>
    public CompletedHandshake? Completed { get; init; }

    /// <summary>Id and client kind; nothing of the code or the keys.</summary>
    public override string ToString() => $"pairing session {Id} ({ClientKind})";
}
