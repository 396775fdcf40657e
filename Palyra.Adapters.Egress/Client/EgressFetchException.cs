namespace Palyra.Adapters.Egress.Client;

/// <summary>A fetch came to no answer: the proxy was not reached or not trusted, the answer was cut, malformed or too large, or it took too long.</summary>
public sealed class EgressFetchException : Exception
{
    /// <summary>A failure without a message.</summary>
    public EgressFetchException() { }

    /// <summary>A failure with a message.</summary>
    public EgressFetchException(string message) : base(message) { }

    /// <summary>A failure with a message and its cause.</summary>
    public EgressFetchException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>A failure with a code: <c>egress.client.*</c>.</summary>
    public EgressFetchException(string code, string message, Exception? innerException = null) : base(message, innerException) => Code = code;

    /// <summary>
    /// What went wrong: <c>egress.client.unreachable</c>, <c>.untrusted</c>, <c>.cut</c>, <c>.malformed</c>, <c>.too_large</c>, <c>.timeout</c> or <c>.invalid_request</c>.
    /// </summary>
    public string Code { get; } = "egress.client.failed";
}
