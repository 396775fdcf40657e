using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Execution;

namespace Palyra.Host.Configuration;

/// <summary>What the operator says of one tool: what it does that can hurt, what it may reach, and which credentials are injected for it.</summary>
internal sealed record ToolDefinition
{
    internal required string Name { get; init; }

    internal ToolPosture Posture { get; init; }

    internal bool Idempotent { get; init; }

    /// <summary>What it may reach; absent means nothing.</summary>
    internal EgressPolicyOptions? Egress { get; init; }

    internal IReadOnlyList<CredentialBinding> Credentials { get; init; } = [];
}
