using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Results;

namespace Palyra.Domain.Egress;

/// <summary>Why a request may not leave. Each denial is a case of its own with a stable reason code; none of its texts ever holds a secret.</summary>
public abstract record EgressDenial : Refusal
{
    private EgressDenial(EgressCheck check, string code, string subject, string detail, string remedy) : base("egress.denied." + code, subject, detail)
    {
        Check = check;
        Remedy = remedy;
    }

    /// <summary>The check that decided.</summary>
    public EgressCheck Check { get; }

    /// <summary>One sentence for a person: what would have to change for this check to pass.</summary>
    public string Remedy { get; }

    /// <summary>No verdict was reached. What the zero value of a verdict says.</summary>
    public sealed record Undecided : EgressDenial
    {
        /// <summary>The only instance.</summary>
        public static readonly Undecided Instance = new();

        private Undecided() : base(EgressCheck.None, "undecided", "", "No verdict was reached; nothing is allowed.", "Ask for a verdict.") { }
    }

    /// <summary>The request could not be read: a wrong type, a missing part, a repeated member.</summary>
    public sealed record InvalidRequest(string Problem)
        : EgressDenial(EgressCheck.Request, "invalid_request", "request", Problem, "Send a request of the documented form.");

    /// <summary>The response budget is not positive.</summary>
    public sealed record InvalidResponseBudget() : EgressDenial(
        EgressCheck.ResponseBudget, "invalid_response_budget", "max_response_bytes", "The response budget is not a positive number of bytes.",
        "Set max_response_bytes to 1 or more.");

    /// <summary>The URL, or the host inside it, is malformed.</summary>
    public sealed record InvalidUrl(string Problem, EgressCheck At = EgressCheck.Url) : EgressDenial(
        At, "invalid_url", "url", Problem,
        "Give an absolute URL of at most 8192 printable ASCII characters, an internationalised name as its A-label (xn--…).");

    /// <summary>The scheme is neither <c>http</c> nor <c>https</c>.</summary>
    public sealed record UnsupportedScheme() : EgressDenial(
        EgressCheck.Scheme, "unsupported_scheme", "url", "Only http and https leave through the proxy.", "Use an http or https URL.");

    /// <summary>The URL carries userinfo.</summary>
    public sealed record UrlCredentials() : EgressDenial(
        EgressCheck.UserInfo, "url_credentials", "url", "The URL carries userinfo before its host.", "Drop everything up to the @; bind a credential instead.");

    /// <summary>The URL names no host.</summary>
    public sealed record MissingHost() : EgressDenial(EgressCheck.Host, "missing_host", "url", "The URL names no host.", "Name a host after the //.");

    /// <summary>The port is out of range or not allowed.</summary>
    public sealed record PortNotAllowed(int Port) : EgressDenial(
        EgressCheck.Port, "port_not_allowed", "port",
        Port == 0 ? "The port is not a number from 1 to 65535." : FormattableString.Invariant($"Port {Port} is not allowed."),
        "Use an allowed port (80 and 443 unless the policy says otherwise), or add the port to allowed_ports.");

    /// <summary>The method is no RFC 9110 token, or not allowed.</summary>
    public sealed record MethodNotAllowed() : EgressDenial(
        EgressCheck.Method, "method_not_allowed", "method", "The method is not an allowed RFC 9110 token.",
        "Use an allowed method in upper case (GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS unless the policy says otherwise).");

    /// <summary>The host is an IPv4 address in a notation that resolvers read differently.</summary>
    public sealed record NonCanonicalIp(string Host) : EgressDenial(
        EgressCheck.IpNotation, "non_canonical_ip", Host, "The host ends in a number but is not a canonical dotted quad.",
        "Write an IPv4 address as four decimal numbers without leading zeros, or use a name.");

    /// <summary>The host is not on the allowlist.</summary>
    public sealed record HostNotAllowlisted(string Host) : EgressDenial(
        EgressCheck.Allowlist, "host_not_allowlisted", Host, "The host is neither an allowed host nor below an allowed DNS suffix.",
        "Add the host to allowed_hosts, or for a name a parent domain to allowed_dns_suffixes.");

    /// <summary>A credential's header may not be injected.</summary>
    public sealed record InvalidCredentialHeader(string Problem) : EgressDenial(
        EgressCheck.Credentials, "invalid_credential_header", "credential_bindings", Problem,
        "Bind authorization, cookie, x-*, *-token or *-api-key, each header once; forwarding, rewriting and hop-by-hop headers never.");

    /// <summary>A credential does not come from the vault.</summary>
    public sealed record CredentialSource() : EgressDenial(
        EgressCheck.Credentials, "credential_source", "credential_bindings", "Only secrets of the kind vault are injected.",
        "Move the secret into the vault and refer to it with kind vault.");

    /// <summary>A vault reference is malformed.</summary>
    public sealed record CredentialSecretRef() : EgressDenial(
        EgressCheck.Credentials, "credential_secret_ref", "credential_bindings", "A vault reference is not of the form scope/key.",
        "Refer to the secret as scope/key, at most 512 bytes, without empty or dot segments and control characters.");

    /// <summary>A credential is not bound to the origin of this request.</summary>
    public sealed record CredentialOrigin(string HeaderName) : EgressDenial(
        EgressCheck.Credentials, "credential_origin", HeaderName, "The credential is not bound to this scheme, host and port.",
        "Name the origin in the binding's allowed_origins; http has to be written out.");

    /// <summary>Resolution failed or took too long.</summary>
    public sealed record DnsFailed(string Problem) : EgressDenial(
        EgressCheck.Resolution, "dns_failed", "host", Problem, "Check the name and the resolver, then try again.");

    /// <summary>Resolution gave no address.</summary>
    public sealed record DnsEmpty() : EgressDenial(
        EgressCheck.Resolution, "dns_empty", "host", "There is no address for the host.",
        "Give resolved_addresses, or have the name resolved.");

    /// <summary>The host, or one of its addresses, is out of reach for this policy.</summary>
    public sealed record PrivateTarget : EgressDenial
    {
        /// <summary>An address of the host is out of reach.</summary>
        public PrivateTarget(AddressClassification address) : base(
            EgressCheck.NetworkIsolation, "private_target", address.Address.ToString(), $"{address.Address} is not reachable: {address.Reason}.",
            address.Reach == AddressReach.Never
                ? "Nothing: this address is blocked under every policy."
                : "Every address of the host has to be globally reachable; an internal service needs a policy that allows private targets.")
        { }

        /// <summary>The name itself is a platform endpoint.</summary>
        public PrivateTarget(string platformName) : base(
            EgressCheck.NetworkIsolation, "private_target", platformName, $"{platformName} names a platform endpoint.",
            "Nothing: this name is blocked under every policy.")
        { }
    }

    /// <summary>A required secret is not in the vault, or the vault cannot be asked.</summary>
    public sealed record CredentialMissing(string HeaderName) : EgressDenial(
        EgressCheck.Enforcement, "credential_missing", HeaderName, "A required secret is missing from the vault.",
        "Store the secret, or bind it as not required.");

    /// <summary>A secret cannot stand in a header.</summary>
    public sealed record CredentialValue(string HeaderName) : EgressDenial(
        EgressCheck.Enforcement, "credential_value", HeaderName, $"The secret is longer than {CredentialText.MaxBytes} bytes or holds characters that a header value cannot carry.",
        "Store the secret without line ends, NUL, control or non-ASCII characters and without space at either end.");

    /// <summary>Credentials cannot be injected into a tunnel.</summary>
    public sealed record TunnelCredentials() : EgressDenial(
        EgressCheck.Credentials, "tunnel_credentials", "credential_bindings", "A tunnel is opaque: no credential can be injected into it.",
        "Ask in absolute form (GET https://…), so that the proxy makes the TLS connection.");

    /// <summary>A tunnel does not begin with a TLS ClientHello for the judged host.</summary>
    public sealed record TunnelSni(string Host) : EgressDenial(
        EgressCheck.Enforcement, "tunnel_sni", Host, "The tunnel does not begin with a TLS ClientHello for the judged host.",
        "Speak TLS to the host of the CONNECT request, with its name; other protocols need a policy that allows them.");
}
