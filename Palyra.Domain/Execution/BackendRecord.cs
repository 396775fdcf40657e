using System.Collections.Frozen;
using Palyra.Domain.Fleet;

namespace Palyra.Domain.Execution;

/// <summary>Whether a backend can take work. The zero value cannot.</summary>
public enum BackendState
{
    /// <summary>Configured off, or there is nothing behind it.</summary>
    Disabled = 0,

    /// <summary>There, but nothing in it can take work now.</summary>
    Degraded,

    /// <summary>Takes work.</summary>
    Available,
}

/// <summary>One line of the inventory of backends. Capabilities compare ASCII-case-insensitively.</summary>
public sealed record BackendRecord
{
    private BackendRecord(
        ExecutionBackend backend, BackendState state, IsolationTier isolation, IEnumerable<string> capabilities, int active, int total, string summary)
    {
        ArgumentNullException.ThrowIfNull(capabilities);
        Backend = backend;
        State = state;
        Isolation = isolation;
        Capabilities = capabilities.ToFrozenSet(AsciiIgnoreCase.Comparer);
        ActiveCount = active;
        TotalCount = total;
        OperatorSummary = summary;
    }

    /// <summary>Which backend.</summary>
    public ExecutionBackend Backend { get; }

    /// <summary>Whether it can take work.</summary>
    public BackendState State { get; }

    /// <summary>Whether work may be sent to it now: exactly when it is available.</summary>
    public bool Selectable => State == BackendState.Available;

    /// <summary>The isolation it offers.</summary>
    public IsolationTier Isolation { get; }

    /// <summary>Whether what runs there has attested itself.</summary>
    public bool RequiresAttestation => Backend == ExecutionBackend.NetworkedWorker;

    /// <summary>Whether what runs there reaches the network through the egress proxy only.</summary>
    public bool RequiresEgressProxy => Backend == ExecutionBackend.NetworkedWorker;

    /// <summary>What it can execute.</summary>
    public IReadOnlySet<string> Capabilities { get; }

    /// <summary>How many of its members do work, or can.</summary>
    public int ActiveCount { get; }

    /// <summary>How many members it has.</summary>
    public int TotalCount { get; }

    /// <summary>One line for the operator.</summary>
    public string OperatorSummary { get; }

    /// <summary>Whether every required capability is covered.</summary>
    public bool Covers(IEnumerable<string> required)
    {
        ArgumentNullException.ThrowIfNull(required);
        return required.All(Capabilities.Contains);
    }

    /// <summary>The local sandbox. Anything but tier B or C counts as off.</summary>
    public static BackendRecord LocalSandbox(bool enabled, IsolationTier tier, IEnumerable<string> capabilities)
    {
        var on = enabled && tier is (IsolationTier.ProcessSandbox or IsolationTier.Container);
        return new BackendRecord(
            ExecutionBackend.LocalSandbox, on ? BackendState.Available : BackendState.Disabled, on ? tier : IsolationTier.Unspecified, capabilities, 0, on ? 1 : 0,
            !on ? "The local sandbox is off." : tier == IsolationTier.Container ? "Tier C: container or WASM." : "Tier B: process sandbox.");
    }

    /// <summary>The desktop nodes: available with a healthy one, degraded when all are unhealthy, disabled when off or none is registered.</summary>
    public static BackendRecord DesktopNode(bool enabled, int healthy, int registered, IEnumerable<string> capabilities) => new(
        ExecutionBackend.DesktopNode, Judge(enabled, healthy, registered), IsolationTier.HostProcess, capabilities, Math.Max(healthy, 0), Math.Max(registered, 0),
        !enabled ? "Desktop nodes are off." : $"{healthy} of {registered} registered nodes are healthy.");

    /// <summary>The networked workers: available with an assignable one, degraded when none of the registered is, disabled when off or none is registered.</summary>
    public static BackendRecord NetworkedWorker(bool enabled, int assignable, int leased, int registered, IEnumerable<string> capabilities) => new(
        ExecutionBackend.NetworkedWorker, Judge(enabled, assignable, registered), IsolationTier.RemoteWorker, capabilities, Math.Max(leased, 0), Math.Max(registered, 0),
        !enabled ? "Networked workers are off." : $"{assignable} of {registered} registered workers are assignable, {leased} leased.");

    private static BackendState Judge(bool enabled, int ready, int registered) =>
        !enabled || registered <= 0 ? BackendState.Disabled : ready <= 0 ? BackendState.Degraded : BackendState.Available;
}
