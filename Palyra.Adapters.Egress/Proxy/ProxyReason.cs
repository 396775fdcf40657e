namespace Palyra.Adapters.Egress.Proxy;

/// <summary>The reason codes of the proxy itself, beside the verdict's <c>egress.denied.*</c>.</summary>
internal static class ProxyReason
{
    /// <summary>The request's head or body is not strict HTTP/1.1, or comes before its time.</summary>
    internal const string Malformed = "egress.proxy.malformed_request";

    /// <summary>The head is larger than 32 KiB.</summary>
    internal const string HeadTooLarge = "egress.proxy.head_too_large";

    /// <summary>No live lease stands behind the caller.</summary>
    internal const string NoSession = "egress.proxy.no_live_lease";

    /// <summary>The worker has as many tunnels, requests or connections open as it may.</summary>
    internal const string WorkerLimit = "egress.proxy.worker_limit";

    /// <summary>The proxy has as many tunnels open as it may.</summary>
    internal const string ProxyLimit = "egress.proxy.limit";

    /// <summary>The proxy is stopping.</summary>
    internal const string Draining = "egress.proxy.draining";

    /// <summary>The audit trail takes no records.</summary>
    internal const string AuditUnavailable = "egress.proxy.audit_unavailable";

    /// <summary>The request body, or what came up a tunnel, is larger than the proxy takes.</summary>
    internal const string RequestTooLarge = "egress.denied.request_too_large";

    /// <summary>The answer, or what came down a tunnel, is larger than its budget.</summary>
    internal const string ResponseTooLarge = "egress.denied.response_too_large";

    /// <summary>A credential was injected and the answer is in a form in which it cannot be looked for.</summary>
    internal const string UnreadableAnswer = "egress.denied.unreadable_answer";

    /// <summary>Nobody answered at the judged addresses.</summary>
    internal const string Unreachable = "egress.upstream.unreachable";

    /// <summary>The origin took too long.</summary>
    internal const string TimedOut = "egress.upstream.timeout";

    /// <summary>The origin's TLS could not be verified.</summary>
    internal const string UpstreamTls = "egress.upstream.tls_failed";

    /// <summary>The connected peer was not the judged address.</summary>
    internal const string WrongPeer = "egress.upstream.wrong_peer";

    /// <summary>The origin's answer is not strict HTTP/1.1.</summary>
    internal const string MalformedAnswer = "egress.upstream.malformed_answer";

    /// <summary>The origin ended before its answer did.</summary>
    internal const string Truncated = "egress.upstream.truncated";

    /// <summary>Nothing moved, or it took too long as a whole.</summary>
    internal const string Overdue = "egress.proxy.timeout";

    /// <summary>The worker went away, or ended before its request's body did.</summary>
    internal const string ClientGone = "egress.proxy.client_gone";

    /// <summary>The proxy failed in a way that nobody foresaw.</summary>
    internal const string Internal = "egress.proxy.internal";
}
