namespace Palyra.Domain.Execution;

/// <summary>The times a remote call is given. Each is at least 1 ms and at most a day.</summary>
public sealed record RemoteToolExecutorOptions
{
    /// <summary>Whether networked workers may be used at all.</summary>
    public bool NetworkedWorkersEnabled { get; init; } = true;

    /// <summary>How long a worker has to begin after its dispatch. 30 s.</summary>
    public TimeSpan StartWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a worker has to report its cleanup after its result. 30 s.</summary>
    public TimeSpan CleanUpWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How far the clocks of gateway and worker may be apart: a run whose worker was lost after it began is given to nobody before the lease's expiry plus this. 5 s.</summary>
    public TimeSpan AllowedClockSkew { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The backends besides the networked workers, for the choice of one.</summary>
    public Func<IEnumerable<BackendRecord>> OtherBackends { get; init; } = static () => [];
}
