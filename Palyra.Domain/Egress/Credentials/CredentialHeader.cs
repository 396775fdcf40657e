using System.Collections.Frozen;
using Palyra.Domain.Egress.Urls;
using Palyra.Domain.Ids;

namespace Palyra.Domain.Egress.Credentials;

/// <summary>Which headers a secret may be injected under.</summary>
public static class CredentialHeader
{
    /// <summary>The longest header name.</summary>
    public const int MaxLength = 128;

    private static readonly FrozenSet<string> HopByHop = FrozenSet.Create(
        StringComparer.Ordinal,
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade");

    private static readonly string[] ForbiddenPrefixes = ["x-forwarded-", "x-original-", "x-rewrite-", "x-http-method"];

    private static readonly FrozenSet<string> Forbidden = FrozenSet.Create(StringComparer.Ordinal, "x-real-ip", "x-method-override");

    /// <summary>
    /// Whether a name is an RFC 9110 token of at most <see cref="MaxLength"/> that is <c>authorization</c>, <c>cookie</c>, <c>x-*</c>,
    /// <c>*-token</c> or <c>*-api-key</c>, and neither forwards, rewrites nor overrides anything, nor is hop-by-hop. Letter case does not matter.
    /// </summary>
    public static bool IsAllowed(string? name)
    {
        if (name is null || name.Length > MaxLength || !HttpToken.IsToken(name))
        {
            return false;
        }

        var folded = AsciiFold.ToLower(name);
        return IsCredential(folded) && !IsForbidden(folded);
    }

    private static bool IsCredential(string name) =>
        name is "authorization" or "cookie"
        || (name.Length > 2 && name.StartsWith("x-", StringComparison.Ordinal))
        || (name.Length > 6 && name.EndsWith("-token", StringComparison.Ordinal))
        || (name.Length > 8 && name.EndsWith("-api-key", StringComparison.Ordinal));

    private static bool IsForbidden(string name)
    {
        // Gateways that speak CGI read _ and - as the same character: x-forwarded_for is x-forwarded-for to them.
        var dashed = name.Replace('_', '-');
        return Forbidden.Contains(dashed) || HopByHop.Contains(dashed)
            || Array.Exists(ForbiddenPrefixes, prefix => dashed.StartsWith(prefix, StringComparison.Ordinal));
    }
}
