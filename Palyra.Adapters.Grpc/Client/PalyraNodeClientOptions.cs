using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>How a node finds, trusts and serves its gateway. Checked all at once when the client is made.</summary>
public sealed record PalyraNodeClientOptions
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

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

    /// <summary>How often the approval of a pairing is asked for. More than zero, at most a day.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the node and the worker say that they live. The fleet's default timeout is 30 s. More than zero, at most a day.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long before the end of its lease the work is stopped. Zero to a day.</summary>
    public TimeSpan LeaseMargin { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a handler may take to stop once its work is cancelled. Zero to a day.</summary>
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The deadline of a single call. More than zero, at most a day.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The wait before the second try; it doubles from try to try, and half of it is random. More than zero, at most <see cref="ReconnectMax"/>.</summary>
    public TimeSpan ReconnectMin { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest wait between tries. At most a day.</summary>
    public TimeSpan ReconnectMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many requests are executed at once; more are refused. At least 1.</summary>
    public int MaxConcurrentRequests { get; init; } = 32;

    /// <summary>What does not hold, each in a sentence that names its option.</summary>
    internal IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        Check(Gateway is { IsAbsoluteUri: true } gateway && gateway.Scheme == Uri.UriSchemeHttps, $"{nameof(Gateway)} must be an absolute https address.");
        Check(Trust is not null, $"{nameof(Trust)} is missing.");
        Check(ClientKind != ClientKind.Unspecified && Enum.IsDefined(ClientKind), $"{nameof(ClientKind)} must be a kind.");
        Check(!string.IsNullOrWhiteSpace(Platform), $"{nameof(Platform)} is missing.");
        CheckLasting(PollInterval, nameof(PollInterval));
        CheckLasting(HeartbeatInterval, nameof(HeartbeatInterval));
        Check(LeaseMargin >= TimeSpan.Zero && LeaseMargin <= Longest, $"{nameof(LeaseMargin)} must be zero to a day.");
        Check(StopGrace >= TimeSpan.Zero && StopGrace <= Longest, $"{nameof(StopGrace)} must be zero to a day.");
        CheckLasting(CallTimeout, nameof(CallTimeout));
        CheckLasting(ReconnectMin, nameof(ReconnectMin));
        Check(ReconnectMax >= ReconnectMin && ReconnectMax <= Longest, $"{nameof(ReconnectMax)} must be {nameof(ReconnectMin)} to a day.");
        Check(MaxConcurrentRequests >= 1, $"{nameof(MaxConcurrentRequests)} must be at least 1.");
        return problems;

        void CheckLasting(TimeSpan time, string name) => Check(time > TimeSpan.Zero && time <= Longest, $"{name} must be more than zero and at most a day.");

        void Check(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add(problem);
            }
        }
    }
}
