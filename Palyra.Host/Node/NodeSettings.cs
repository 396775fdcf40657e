using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Ids;

namespace Palyra.Host.Node;

/// <summary>How a node finds its gateway and what it offers.</summary>
internal sealed record NodeSettings
{
    /// <summary>The node RPC, <c>https://host:port</c>.</summary>
    internal required Uri Gateway { get; init; }

    /// <summary>The gateway's CA certificate in PEM; absent when only its pin is known.</summary>
    internal string? GatewayCaPem { get; init; }

    /// <summary>The SHA-256 of the gateway's CA certificate, used when there is no certificate.</summary>
    internal string? GatewayCaSha256 { get; init; }

    /// <summary>Where keys and certificate are kept, sealed.</summary>
    internal required string IdentityStoreFolder { get; init; }

    internal DeviceId? DeviceId { get; init; }

    internal TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    internal TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The executables of <c>shell.execute</c>; empty leaves it off.</summary>
    internal IReadOnlyList<string> AllowedExecutables { get; init; } = [];

    /// <summary>Makes the node a worker.</summary>
    internal WorkerSettings? Worker { get; init; }

    internal PalyraNodeClientOptions ClientOptions(IWorkerAttestor? attestor) => new()
    {
        Gateway = Gateway,
        Trust = GatewayCaPem is { } pem ? GatewayTrust.FromPem(pem) : GatewayTrust.FromPin(GatewayCaSha256 ?? ""),
        DeviceId = DeviceId,
        Attestor = attestor,
        PollInterval = PollInterval,
        HeartbeatInterval = HeartbeatInterval,
    };
}

/// <summary>What makes a node a worker.</summary>
/// <param name="SigningKeyFile">The private key that vouches for it, ECDSA P-256, PEM.</param>
/// <param name="SigningKeyId">The key's id in the gateway's policy.</param>
/// <param name="EgressProxy">The egress proxy, <c>host:port</c>.</param>
internal sealed record WorkerSettings(string SigningKeyFile, string SigningKeyId, string EgressProxy);
