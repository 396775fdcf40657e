using Palyra.Domain.Ids;

namespace Palyra.Domain.Nodes;

/// <summary>Limits of the node runtime. The defaults are those of the specification.</summary>
public sealed record NodeRuntimeOptions
{
    /// <summary>
    /// How long a node may take to acknowledge a dispatch before it lapses: 30 s. Anything the node says about the request acknowledges it.
    /// More than zero.
    /// </summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long finished capability requests are kept at most: 24 h. More than zero.</summary>
    public TimeSpan FinishedFor { get; init; } = TimeSpan.FromHours(24);

    /// <summary>How many finished capability requests are kept at most: the newest 10 000. Not negative.</summary>
    public int MaxFinished { get; init; } = 10_000;

    /// <summary>
    /// Whether a device is revoked, besides those <see cref="NodeRuntime.RejectDevice"/> has named. Asked outside the runtime's lock; must be quick,
    /// thread-safe, and not call back into the runtime.
    /// </summary>
    public Func<DeviceId, bool>? IsRevoked { get; init; }

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StartTimeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(FinishedFor, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxFinished);
    }
}
