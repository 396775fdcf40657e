using System.Diagnostics;
using Palyra.Domain.Time;

namespace Palyra.Domain.Pairing;

/// <summary>An active code: whoever presents it before it expires may start a pairing. Single use.</summary>
/// <remarks>The code is a secret: it is not in <see cref="ToString"/> nor in the debugger display.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record PairingCode
{
    /// <summary>The code itself: six digits, or the QR token.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public required string Code { get; init; }

    /// <summary>How it travels.</summary>
    public required PairingMethod Method { get; init; }

    /// <summary>Who minted it.</summary>
    public required string IssuedBy { get; init; }

    /// <summary>When it was minted.</summary>
    public required UnixTime CreatedAt { get; init; }

    /// <summary>From this instant on it is worthless.</summary>
    public required UnixTime ExpiresAt { get; init; }

    /// <summary>Everything but the code.</summary>
    public override string ToString() => $"{Method} code by {IssuedBy}, expires {ExpiresAt}";
}
