using Palyra.Adapters.Egress.Vault;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Audit;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;
using Palyra.Host.Configuration;

namespace Palyra.Host.Gateway;

/// <summary>What the admin API and the demonstration need of a running gateway.</summary>
internal sealed class GatewayServices(
    WorkerFleet fleet, NodeRuntime nodes, IdentityRegistry identity, RemoteToolExecutor executor, GatewayCertificates certificates, StoreSecretVault vault, IAuditSink audit,
    IEntropy entropy, TimeProvider clock)
{
    internal WorkerFleet Fleet => fleet;

    internal NodeRuntime Nodes => nodes;

    internal IdentityRegistry Identity => identity;

    internal RemoteToolExecutor Executor => executor;

    internal GatewayCertificates Certificates => certificates;

    /// <summary>The secrets that the proxy injects.</summary>
    internal StoreSecretVault Vault => vault;

    internal IAuditSink Audit => audit;

    internal TimeProvider Clock => clock;

    /// <summary>Where nodes connect, e.g. <c>https://127.0.0.1:7143</c>.</summary>
    internal string GrpcUrl { get; set; } = "";

    /// <summary>The tools as configured.</summary>
    internal ToolTable Tools { get; } = new();

    internal Ulid NewUlid() => entropy.NextUlid(UnixTime.Now(clock));

    /// <summary>A call of a tool as it is configured. A tool that nobody configured demands a networked worker and reaches nothing.</summary>
    internal ToolCall Call(string tool, RunId run, ReadOnlyMemory<byte> input)
    {
        var (defined, egress) = Tools.Find(tool);
        return new ToolCall
        {
            RunId = run,
            ToolName = tool,
            Input = input,
            Posture = defined?.Posture ?? default,
            Idempotent = defined?.Idempotent ?? false,
            Egress = egress,
        };
    }
}
