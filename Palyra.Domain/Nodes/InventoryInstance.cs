namespace Palyra.Domain.Nodes;

/// <summary>A registered node in the inventory.</summary>
/// <param name="Node">The node.</param>
/// <param name="IsHealthy">Whether it was heard within five minutes.</param>
/// <param name="IsConnected">Whether its event stream is open.</param>
public sealed record InventoryInstance(NodeRecord Node, bool IsHealthy, bool IsConnected);
