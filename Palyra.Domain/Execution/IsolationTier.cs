namespace Palyra.Domain.Execution;

/// <summary>How far a tool is kept from the machine it runs on, weakest first.</summary>
/// <remarks>The zero value denies on both sides: a backend that offers it isolates nothing, a tool that demands it demands the strictest tier.</remarks>
public enum IsolationTier
{
    /// <summary>Never stated.</summary>
    Unspecified = 0,

    /// <summary>A process of the host itself, as on a desktop node.</summary>
    HostProcess,

    /// <summary>Tier B: a sandboxed process.</summary>
    ProcessSandbox,

    /// <summary>Tier C: a container or WASM.</summary>
    Container,

    /// <summary>Another machine: an attested worker behind the egress proxy.</summary>
    RemoteWorker,
}
