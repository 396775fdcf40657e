using System.Collections.Immutable;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;

namespace Palyra.Domain.Egress.Sessions;

/// <summary>What a tool may reach and which credentials go along, as one value: a request is judged by both of one moment.</summary>
/// <param name="Policy">What the tool may reach.</param>
/// <param name="Credentials">The credentials that may be injected, each only at the origins it names.</param>
public sealed record EgressTerms(EgressPolicy Policy, ImmutableArray<CredentialBinding> Credentials)
{
    /// <summary>The credentials that may be injected, each only at the origins it names; the default array is none.</summary>
    public ImmutableArray<CredentialBinding> Credentials { get => field.IsDefault ? [] : field; init; } = Credentials;

    /// <summary>The terms that allow nothing.</summary>
    public static EgressTerms None { get; } = new(EgressPolicy.DenyAll, []);
}
