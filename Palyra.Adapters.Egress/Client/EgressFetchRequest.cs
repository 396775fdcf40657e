namespace Palyra.Adapters.Egress.Client;

/// <summary>One request that a worker sends through its proxy.</summary>
public sealed record EgressFetchRequest
{
    /// <summary>The method, a token; <c>CONNECT</c> is refused.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The absolute URL, printable ASCII; for <c>https</c> the proxy makes the TLS connection.</summary>
    public required string Url { get; init; }

    /// <summary>Further header fields. Host, framing and the connection's own fields are the client's to send and refused here.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body; empty sends none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}
