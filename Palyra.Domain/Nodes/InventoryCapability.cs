namespace Palyra.Domain.Nodes;

/// <summary>A capability in the inventory.</summary>
/// <param name="Name">The capability.</param>
/// <param name="Nodes">How many nodes name it.</param>
/// <param name="Available">How many of them offer it at the moment.</param>
/// <param name="Healthy">How many of those are healthy.</param>
public sealed record InventoryCapability(string Name, int Nodes, int Available, int Healthy);
