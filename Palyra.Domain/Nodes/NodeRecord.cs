using System.Collections.Immutable;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

/// <summary>A registered node.</summary>
public sealed record NodeRecord
{
    /// <summary>The device it is.</summary>
    public required DeviceId DeviceId { get; init; }

    /// <summary>Operating system and processor as the node names them.</summary>
    public required string Platform { get; init; }

    /// <summary>What it can execute, sorted by name, each name once.</summary>
    public required ImmutableArray<NodeCapability> Capabilities { get; init; }

    /// <summary>When it registered first.</summary>
    public required UnixTime RegisteredAt { get; init; }

    /// <summary>When it was heard last.</summary>
    public required UnixTime LastSeenAt { get; init; }

    /// <summary>The name of its latest event; <see langword="null"/> before the first.</summary>
    public string? LastEventName { get; init; }

    /// <summary>When that was.</summary>
    public UnixTime? LastEventAt { get; init; }

    /// <summary>Whether the node offers this capability at the moment.</summary>
    public bool Offers(string capability)
    {
        ArgumentNullException.ThrowIfNull(capability);
        foreach (var offered in Capabilities)
        {
            if (offered.Available && string.Equals(offered.Name, capability, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(NodeRecord? other) => other is not null
        && DeviceId == other.DeviceId
        && Platform == other.Platform
        && Capabilities.AsSpan().SequenceEqual(other.Capabilities.AsSpan())
        && RegisteredAt == other.RegisteredAt
        && LastSeenAt == other.LastSeenAt
        && LastEventName == other.LastEventName
        && LastEventAt == other.LastEventAt;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(DeviceId, Platform, Capabilities.Length, RegisteredAt, LastSeenAt, LastEventName, LastEventAt);
}
