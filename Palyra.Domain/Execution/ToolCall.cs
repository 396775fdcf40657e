using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;

namespace Palyra.Domain.Execution;

/// <summary>One call of one tool for one run.</summary>
public sealed record ToolCall
{
    /// <summary>The run that calls.</summary>
    public required RunId RunId { get; init; }

    /// <summary>The tool's name; a worker runs it under the capability <c>tool:&lt;name&gt;</c>.</summary>
    public required string ToolName { get; init; }

    /// <summary>The whole input, JSON.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Where the operator wants it to run.</summary>
    public BackendPreference Preference { get; init; } = BackendPreference.Automatic;

    /// <summary>What the tool does that can hurt. The default demands a networked worker.</summary>
    public ToolPosture Posture { get; init; }

    /// <summary>The approval of a person; without one only the local sandbox may be used.</summary>
    public ApprovalId? Approval { get; init; }

    /// <summary>How long the worker is leased, at most; the fleet's policy sets the ceiling. Default 60 s.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The largest input and output; 0 means 1 MiB, the ceiling is 16 MiB.</summary>
    public ulong MaxPayloadBytes { get; init; }

    /// <summary>Whether running it twice does no harm. Only then may it be tried on another worker, and only when no execution had begun.</summary>
    public bool Idempotent { get; init; }

    /// <summary>What it may reach through the egress proxy, and the credentials injected for it; absent means nothing, and no token is made.</summary>
    public ToolEgress? Egress { get; init; }

    /// <summary>The part of the workspace it may use; by default none.</summary>
    public WorkspaceScope Workspace { get; init; } = new() { WorkspaceRoot = "", ReadOnly = true };
}
