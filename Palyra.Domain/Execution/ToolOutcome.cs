using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Execution;

/// <summary>How a tool call ended. Success means: executed, output digest equal on both sides, cleanup verified, lease completed, egress closed.</summary>
public sealed record ToolOutcome
{
    /// <summary>Whether all of it succeeded.</summary>
    public bool Success { get; init; }

    /// <summary>The one code that says why it ended: <see cref="ExecutionReason.Completed"/>, or why not.</summary>
    public required string ReasonCode { get; init; }

    /// <summary>The tool's output, JSON; empty unless it succeeded.</summary>
    public ReadOnlyMemory<byte> Output { get; init; }

    /// <summary>One sentence for a person; <see langword="null"/> on success.</summary>
    public string? Error { get; init; }

    /// <summary>Whether time ran out: the lease's, the request's, or what a worker has to begin (30 s) or to clean up.</summary>
    public bool TimedOut { get; init; }

    /// <summary>Where the last attempt ran, <c>networked_worker:&lt;worker id&gt;</c>; the backend's id when it ran nowhere.</summary>
    public required string Executor { get; init; }

    /// <summary>How the backend was chosen.</summary>
    public required BackendResolution Backend { get; init; }

    /// <summary>The lease of the last attempt; the default when there was none.</summary>
    public LeaseId LeaseId { get; init; }

    /// <summary>The grant of the last attempt; the default when there was none.</summary>
    public GrantId GrantId { get; init; }

    /// <summary>Lower-case hex SHA-256 of the input.</summary>
    public required string InputManifestSha256 { get; init; }

    /// <summary>Lower-case hex SHA-256 of the output, as both sides computed it; <see langword="null"/> unless it succeeded.</summary>
    public string? OutputManifestSha256 { get; init; }

    /// <summary>How often it was tried: 0 when it was denied, at most 2.</summary>
    public int Attempts { get; init; }

    /// <summary>When each step of the last attempt happened.</summary>
    public ToolTimings Timings { get; init; } = new();
}

/// <summary>When each step of an attempt happened; <see langword="null"/> for a step that was not reached.</summary>
public sealed record ToolTimings
{
    /// <summary>The call came in.</summary>
    public UnixTime RequestedAt { get; init; }

    /// <summary>A worker was leased.</summary>
    public UnixTime? LeasedAt { get; init; }

    /// <summary>The request was queued for the worker's device.</summary>
    public UnixTime? DispatchedAt { get; init; }

    /// <summary>The worker said that it began.</summary>
    public UnixTime? StartedAt { get; init; }

    /// <summary>The result arrived.</summary>
    public UnixTime? ResultAt { get; init; }

    /// <summary>The call ended.</summary>
    public UnixTime EndedAt { get; init; }
}
