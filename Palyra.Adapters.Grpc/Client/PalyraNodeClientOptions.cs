using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>How a node finds, trusts and serves its gateway.</summary>
public sealed record PalyraNodeClientOptions
{
    /// <summary>The node RPC, <c>https://host:port</c>.</summary>
    public required Uri Gateway { get; init; }

    /// <summary>How the gateway is known.</summary>
    public required GatewayTrust Trust { get; init; }

    /// <summary>The name the server's certificate must carry; the host of <see cref="Gateway"/> unless given, e.g. <c>palyrad-node-rpc</c>.</summary>
    public string? ServerName { get; init; }

    /// <summary>This device's id; made, and kept, when not given.</summary>
    public DeviceId? DeviceId { get; init; }

    /// <summary>What this client is.</summary>
    public ClientKind ClientKind { get; init; } = ClientKind.Node;

    /// <summary>The platform that is announced, e.g. <c>linux-x64</c>.</summary>
    public string Platform { get; init; } = System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier;

    /// <summary>Vouches for this node as a worker; without it the node is no worker.</summary>
    public IWorkerAttestor? Attestor { get; init; }

    /// <summary>Where leases get their scratch folders; <see cref="Path.GetTempPath"/> unless given.</summary>
    public string? ScratchRoot { get; init; }

    /// <summary>How often the approval of a pairing is asked for.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the node and the worker say that they live. The fleet's default timeout is 30 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long before the end of its lease the work is stopped.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a handler may take to stop once its work is cancelled.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The deadline of a single call.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait before the second try; it doubles from try to try, and half of it is random.</summary>
    public TimeSpan ReconnectMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait between tries.</summary>
    public TimeSpan ReconnectMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many requests are executed at once; more are refused.</summary>
    public int MaxConcurrentRequests { get; init; } = 32;
}
