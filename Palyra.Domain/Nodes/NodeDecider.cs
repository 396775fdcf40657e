using System.Collections.Immutable;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

/// <summary>What happens to a registered node. Pure.</summary>
public static class NodeDecider
{
    /// <summary>The most capabilities of one node.</summary>
    public const int MaxCapabilities = 256;

    /// <summary>The longest platform name.</summary>
    public const int MaxPlatformLength = 128;

    /// <summary>The longest event name.</summary>
    public const int MaxEventNameLength = 128;

    /// <summary>The event recorded when a capability becomes available.</summary>
    public const string CapabilityGranted = "capability_granted";

    /// <summary>The event recorded when a capability becomes unavailable.</summary>
    public const string CapabilityRevoked = "capability_revoked";

    /// <summary>A node heard within this time is healthy.</summary>
    public static readonly TimeSpan HealthyWithin = TimeSpan.FromMinutes(5);

    /// <summary>Registers a node, or registers it again: platform and capabilities are replaced, <c>registered_at</c> is kept.</summary>
    /// <param name="existing">The node as registered before, if it was.</param>
    /// <param name="device">The device.</param>
    /// <param name="platform">1 to 128 characters without control characters.</param>
    /// <param name="capabilities">At most 256; of two entries of one name the last wins.</param>
    /// <param name="now">When.</param>
    public static Result<NodeRecord> Register(
        NodeRecord? existing, DeviceId device, string? platform, IEnumerable<NodeCapability> capabilities, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        if (device.IsEmpty)
        {
            return new NodeRefusal.InvalidField("device_id", "names nothing");
        }

        if (!IsText(platform, MaxPlatformLength))
        {
            return new NodeRefusal.InvalidField("platform", $"must be 1 to {MaxPlatformLength} characters without control characters");
        }

        var byName = new SortedDictionary<string, NodeCapability>(StringComparer.Ordinal);
        foreach (var capability in capabilities)
        {
            if (!NodeCapability.IsValidName(capability.Name))
            {
                return InvalidCapabilityName;
            }

            byName[capability.Name] = capability;
            if (byName.Count > MaxCapabilities)
            {
                return TooManyCapabilities;
            }
        }

        return new NodeRecord
        {
            DeviceId = device,
            Platform = platform!.Trim(),
            Capabilities = [.. byName.Values],
            RegisteredAt = existing?.RegisteredAt ?? now,
            LastSeenAt = now,
            LastEventName = existing?.LastEventName,
            LastEventAt = existing?.LastEventAt,
        };
    }

    /// <summary>Records an event of the node.</summary>
    public static Result<NodeRecord> Touch(NodeRecord node, string? eventName, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(node);
        return IsText(eventName, MaxEventNameLength)
            ? node with { LastSeenAt = UnixTime.Max(now, node.LastSeenAt), LastEventName = eventName, LastEventAt = now }
            : new NodeRefusal.InvalidField("event_name", $"must be 1 to {MaxEventNameLength} characters without control characters");
    }

    /// <summary>Makes a capability available or unavailable, adding it when it is new, and records that as the node's event.</summary>
    public static Result<NodeRecord> SetCapability(NodeRecord node, string? name, bool available, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (!NodeCapability.IsValidName(name))
        {
            return InvalidCapabilityName;
        }

        var others = node.Capabilities.Where(capability => !string.Equals(capability.Name, name, StringComparison.Ordinal));
        ImmutableArray<NodeCapability> capabilities =
            [.. others.Append(new NodeCapability(name!, available)).OrderBy(capability => capability.Name, StringComparer.Ordinal)];
        return capabilities.Length > MaxCapabilities
            ? TooManyCapabilities
            : node with { Capabilities = capabilities, LastEventName = available ? CapabilityGranted : CapabilityRevoked, LastEventAt = now };
    }

    /// <summary>Whether the node was heard within five minutes. A node heard in the future, by a clock set back since, is healthy.</summary>
    public static bool IsHealthy(NodeRecord node, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(node);
        return now.MillisecondsSince(node.LastSeenAt) <= (long)HealthyWithin.TotalMilliseconds;
    }

    private static bool IsText(string? text, int maxLength) =>
        !string.IsNullOrWhiteSpace(text) && text.Length <= maxLength && !text.Any(char.IsControl);

    private static readonly NodeRefusal.InvalidField InvalidCapabilityName =
        new("capability", $"must be 1 to {NodeCapability.MaxNameLength} printable ASCII characters without space");

    private static readonly NodeRefusal.InvalidField TooManyCapabilities = new("capabilities", $"must be at most {MaxCapabilities}");
}
