using System.Net;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Fleet;

namespace Palyra.Host.Configuration;

/// <summary>Everything a gateway is started with. Immutable; checked as a whole before anything is opened.</summary>
internal sealed record GatewaySettings
{
    /// <summary>The folder that holds all state.</summary>
    internal required string StateRoot { get; init; }

    /// <summary>Where node and worker RPC listen; port 0 chooses one.</summary>
    internal IPEndPoint NodeRpc { get; init; } = new(IPAddress.Loopback, 7143);

    /// <summary>Where the egress proxy listens; port 0 chooses one.</summary>
    internal IPEndPoint Egress { get; init; } = new(IPAddress.Loopback, 7144);

    /// <summary>DNS names and addresses under which nodes reach the gateway, besides loopback.</summary>
    internal IReadOnlyList<string> ServerNames { get; init; } = [];

    /// <summary>The rules of the fleet.</summary>
    internal WorkerFleetPolicy Fleet { get; init; } = new();

    /// <summary>Where the public keys of the trusted signers were read from, in their order.</summary>
    internal IReadOnlyList<string> SignerFiles { get; init; } = [];

    /// <summary>What no tool may exceed.</summary>
    internal EgressPolicyOptions FleetEgress { get; init; } = new() { AllowAnyHost = true };

    /// <summary>Whether networked workers may be used at all.</summary>
    internal bool NetworkedWorkersEnabled { get; init; } = true;

    /// <summary>The tools, by name; a tool that is not here reaches nothing.</summary>
    internal IReadOnlyDictionary<string, ToolDefinition> Tools { get; init; } = new Dictionary<string, ToolDefinition>();

    /// <summary>Whether the node runtime's file is rewritten on every change.</summary>
    internal bool WriteThrough { get; init; }

    /// <summary>How long running calls may go on when the gateway stops.</summary>
    internal TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The settings that differ from these and that a running gateway keeps as it was started with them.</summary>
    internal IEnumerable<string> WhatNeedsARestart(GatewaySettings changed)
    {
        (string Name, bool IsSame)[] fixedAtStart =
        [
            ("state_root", StateRoot == changed.StateRoot),
            ("node_rpc", NodeRpc.Equals(changed.NodeRpc)),
            ("egress", Egress.Equals(changed.Egress)),
            ("server_names", ServerNames.SequenceEqual(changed.ServerNames)),
            ("write_through", WriteThrough == changed.WriteThrough),
            ("stop_grace_ms", StopGrace == changed.StopGrace),
            ("networked_workers.enabled", NetworkedWorkersEnabled == changed.NetworkedWorkersEnabled),
        ];
        return fixedAtStart.Where(setting => !setting.IsSame).Select(setting => setting.Name);
    }
}
