namespace Palyra.Host.Capabilities;

/// <summary>Something a node can execute. Called concurrently; stops as soon as it is cancelled.</summary>
internal interface INodeCapability
{
    /// <summary>The name under which the node offers it; a tool reaches it as <c>tool:&lt;name&gt;</c>.</summary>
    string Name { get; }

    ValueTask<CapabilityAnswer> ExecuteAsync(CapabilityCall call, CancellationToken cancellation);
}

/// <summary>One call of a capability.</summary>
/// <param name="Input">The whole input, JSON; may be empty.</param>
/// <param name="MaxPayloadBytes">The largest output that is accepted.</param>
/// <param name="Egress">The way out for the lease the call belongs to; none without a lease.</param>
internal sealed record CapabilityCall(ReadOnlyMemory<byte> Input, ulong MaxPayloadBytes, EgressRoute? Egress);

/// <summary>The way out of a lease: the proxy, the token that dies with the lease, and the CA to trust.</summary>
/// <param name="ProxyAuthority"><c>host:port</c>.</param>
/// <param name="Token">The lease's egress token. A secret.</param>
/// <param name="ProxyCaPem">The CA of the proxy's certificate; empty when it listens without TLS.</param>
internal sealed record EgressRoute(string ProxyAuthority, string Token, string ProxyCaPem)
{
    /// <summary>The authority only.</summary>
    public override string ToString() => ProxyAuthority;
}

/// <summary>What a capability answers. The default is a failure.</summary>
internal readonly record struct CapabilityAnswer
{
    private readonly string? _error;

    private CapabilityAnswer(bool success, ReadOnlyMemory<byte> output, string? error)
    {
        Success = success;
        Output = output;
        _error = error;
    }

    internal bool Success { get; }

    internal ReadOnlyMemory<byte> Output { get; }

    internal string Error => Success ? "" : _error ?? "capability gave no answer";

    internal static CapabilityAnswer Ok(ReadOnlyMemory<byte> output) => new(true, output, null);

    internal static CapabilityAnswer Failed(string error) => new(false, default, error);
}
