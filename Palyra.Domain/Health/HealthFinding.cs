namespace Palyra.Domain.Health;

/// <summary>What a look at a part of a gateway found. The default is unhealthy.</summary>
/// <param name="State">How it is.</param>
/// <param name="Detail">One sentence, with nothing secret in it.</param>
public readonly record struct HealthFinding(HealthState State, string Detail);
