using System.Diagnostics;

namespace Palyra.Domain.Execution;

/// <summary>Where a tool call may run. The zero value is nowhere.</summary>
public enum ExecutionBackend
{
    /// <summary>Nowhere: the call is denied.</summary>
    None = 0,

    /// <summary><c>local_sandbox</c>: tiers B and C on the gateway's own machine, a process sandbox or a container or WASM.</summary>
    LocalSandbox,

    /// <summary><c>desktop_node</c>: a healthy paired node, on its user's machine.</summary>
    DesktopNode,

    /// <summary><c>networked_worker</c>: an attested worker, leased for one run, behind the egress proxy.</summary>
    NetworkedWorker,
}

/// <summary>The names of the backends.</summary>
public static class ExecutionBackends
{
    /// <summary>The stable id of a backend; <c>none</c> for the zero value.</summary>
    public static string Id(this ExecutionBackend backend) => backend switch
    {
        ExecutionBackend.None => "none",
        ExecutionBackend.LocalSandbox => "local_sandbox",
        ExecutionBackend.DesktopNode => "desktop_node",
        ExecutionBackend.NetworkedWorker => "networked_worker",
        _ => throw new UnreachableException(),
    };
}
