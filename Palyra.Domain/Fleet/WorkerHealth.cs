namespace Palyra.Domain.Fleet;

/// <summary>What a worker says about its health in a heartbeat. The zero value is the worse one.</summary>
public enum WorkerHealth
{
    /// <summary>It works with less than it should have.</summary>
    Degraded = 0,

    /// <summary>All is well.</summary>
    Healthy,
}
