using System.Collections.Immutable;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

/// <summary>What the gateway knows of its devices, for people: an immutable picture of one moment.</summary>
/// <param name="Devices">Paired and revoked devices, by id.</param>
/// <param name="Instances">Registered nodes, by id.</param>
/// <param name="Catalogue">Every capability any node names, by name.</param>
public sealed record NodeInventory(
    ImmutableArray<InventoryDevice> Devices, ImmutableArray<InventoryInstance> Instances, ImmutableArray<InventoryCapability> Catalogue)
{
    internal static NodeInventory Of(
        IEnumerable<InventoryDevice> devices, IEnumerable<NodeRecord> nodes, Func<DeviceId, bool> isConnected, UnixTime now)
    {
        ImmutableArray<InventoryInstance> instances =
        [
            .. nodes.OrderBy(node => node.DeviceId).Select(node => new InventoryInstance(node, NodeDecider.IsHealthy(node, now), isConnected(node.DeviceId))),
        ];
        ImmutableArray<InventoryCapability> catalogue =
        [
            .. instances
                .SelectMany(instance => instance.Node.Capabilities.Select(capability => (instance.IsHealthy, capability)))
                .GroupBy(offer => offer.capability.Name, StringComparer.Ordinal)
                .OrderBy(offers => offers.Key, StringComparer.Ordinal)
                .Select(offers => new InventoryCapability(
                    offers.Key, offers.Count(), offers.Count(offer => offer.capability.Available), offers.Count(offer => offer.capability.Available && offer.IsHealthy))),
        ];
        return new NodeInventory([.. devices.OrderBy(device => device.DeviceId)], instances, catalogue);
    }
}
