namespace Palyra.Domain.Execution;

/// <summary>What a tool does that can hurt, and the least isolation it may run in.</summary>
/// <remarks>
/// A tool that reaches the network, uses secrets or starts processes from untrusted input is high-risk and runs on a networked worker
/// or not at all. The default value demands a networked worker too: nobody said that the tool is harmless.
/// </remarks>
public readonly record struct ToolPosture
{
    /// <summary>The least isolation the tool may run in. Unspecified demands the strictest.</summary>
    public IsolationTier MinimumIsolation { get; init; }

    /// <summary>The tool reaches the network.</summary>
    public bool NetworkEgress { get; init; }

    /// <summary>The tool uses secrets.</summary>
    public bool Secrets { get; init; }

    /// <summary>The tool starts processes from input that is not trusted.</summary>
    public bool SpawnsFromUntrustedInput { get; init; }

    /// <summary>Whether only a networked worker will do.</summary>
    public bool DemandsNetworkedWorker => NetworkEgress || Secrets || SpawnsFromUntrustedInput
        || MinimumIsolation is not (IsolationTier.HostProcess or IsolationTier.ProcessSandbox or IsolationTier.Container);

    /// <summary>A tool that does none of this and may run at <paramref name="minimum"/> or stricter.</summary>
    public static ToolPosture Harmless(IsolationTier minimum = IsolationTier.ProcessSandbox) => new() { MinimumIsolation = minimum };
}
