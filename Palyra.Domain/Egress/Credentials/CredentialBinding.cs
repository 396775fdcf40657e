using System.Collections.Immutable;
using Palyra.Domain.Egress.Urls;
using Palyra.Domain.Ids;

namespace Palyra.Domain.Egress.Credentials;

/// <summary>A secret that the proxy adds to a request under a header, for the origins it is bound to and nowhere else.</summary>
/// <remarks>
/// Holds what was asked for, good or bad: the verdict names what is wrong. Without origins a credential goes nowhere. Compiled once and
/// reused; immutable. Holds the secret's name and never the secret.
/// </remarks>
public sealed class CredentialBinding
{
    private readonly byte[] _framed;
    private readonly string _headerAsRead;

    /// <summary>Binds a secret to a header and to origins (<see cref="CredentialOrigin.TryParse"/>); texts that are no origin match nothing.</summary>
    public CredentialBinding(string headerName, SecretReference secret, bool required, IEnumerable<string> allowedOrigins)
    {
        ArgumentNullException.ThrowIfNull(headerName);
        ArgumentNullException.ThrowIfNull(secret);
        ArgumentNullException.ThrowIfNull(allowedOrigins);
        HeaderName = AsciiFold.ToLower(headerName);
        _headerAsRead = HeaderName.Replace('_', '-');
        Secret = secret;
        Required = required;
        var origins = new List<CredentialOrigin>();
        foreach (var text in allowedOrigins)
        {
            if (CredentialOrigin.TryParse(text, out var origin) && !origins.Contains(origin))
            {
                origins.Add(origin);
            }
        }

        AllowedOrigins = [.. origins];
        IsHeaderAllowed = CredentialHeader.IsAllowed(headerName);
        IsSecretPathValid = secret.IsVaultPath;
        _framed = EgressFingerprint.Frame(this);
    }

    /// <summary>The header's name, in lower case.</summary>
    public string HeaderName { get; }

    /// <summary>The secret's name.</summary>
    public SecretReference Secret { get; }

    /// <summary>Whether the request is denied when the secret is missing.</summary>
    public bool Required { get; }

    /// <summary>The origins that the credential may go to.</summary>
    public ImmutableArray<CredentialOrigin> AllowedOrigins { get; }

    /// <summary>Whether the credential may go to a target's origin.</summary>
    public bool IsBoundTo(EgressTarget target)
    {
        ArgumentNullException.ThrowIfNull(target);
        return IsBoundTo(target.Scheme, target.Host, target.Port);
    }

    /// <summary>Whether both are added under names that an origin may take for one: many read <c>-</c> and <c>_</c> alike.</summary>
    internal bool SharesHeaderWith(CredentialBinding other) => _headerAsRead == other._headerAsRead;

    /// <summary>Whether a tunnel to this place may reach an origin of the credential: what scheme is spoken inside nobody sees.</summary>
    internal bool IsReachedBy(string host, int port) =>
        IsBoundTo(EgressScheme.Https, host, port) || IsBoundTo(EgressScheme.Http, host, port);

    internal bool IsHeaderAllowed { get; }

    internal bool IsSecretPathValid { get; }

    internal ReadOnlySpan<byte> Framed => _framed;

    internal bool IsBoundTo(EgressScheme scheme, string host, int port)
    {
        foreach (var origin in AllowedOrigins)
        {
            if (origin.Scheme == scheme && origin.Port == port && string.Equals(origin.Host, host, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The header and the secret's name.</summary>
    public override string ToString() => $"{HeaderName} from {Secret}";
}
