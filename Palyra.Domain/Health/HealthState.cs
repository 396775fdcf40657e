namespace Palyra.Domain.Health;

/// <summary>How a part of a gateway is. The zero value is the worst.</summary>
public enum HealthState
{
    /// <summary>It does not do its work.</summary>
    Unhealthy = 0,

    /// <summary>It does, and somebody has to look after it before it no longer does.</summary>
    Degraded,

    /// <summary>It does.</summary>
    Healthy,
}
