using Palyra.Domain.Egress.Urls;

namespace Palyra.Domain.Egress.Credentials;

/// <summary>What is asked of the bindings of one request before anything is resolved or fetched.</summary>
internal static class CredentialRules
{
    /// <summary>The most bindings of one request.</summary>
    internal const int MaxBindings = 32;

    // One pass a rule, so that the answer does not hang on the order in which the bindings were given.
    internal static EgressDenial? Judge(IReadOnlyList<CredentialBinding> bindings, in EgressUrl url)
    {
        if (bindings.Count > MaxBindings)
        {
            return new EgressDenial.InvalidCredentialHeader($"A request has more than {MaxBindings} credential bindings.");
        }

        for (var i = 0; i < bindings.Count; i++)
        {
            if (!bindings[i].IsHeaderAllowed)
            {
                return new EgressDenial.InvalidCredentialHeader("A credential is bound to a header that may not carry one.");
            }

            for (var j = 0; j < i; j++)
            {
                if (bindings[i].SharesHeaderWith(bindings[j]) && !bindings[i].Framed.SequenceEqual(bindings[j].Framed))
                {
                    return new EgressDenial.InvalidCredentialHeader("Two different credentials are bound to one header.");
                }
            }
        }

        foreach (var binding in bindings)
        {
            if (binding.Secret.Kind != SecretKind.Vault)
            {
                return new EgressDenial.CredentialSource();
            }
        }

        foreach (var binding in bindings)
        {
            if (!binding.IsSecretPathValid)
            {
                return new EgressDenial.CredentialSecretRef();
            }
        }

        foreach (var binding in bindings)
        {
            if (!binding.IsBoundTo(url.Scheme, url.Host.Text, url.Port))
            {
                return new EgressDenial.CredentialOrigin(binding.HeaderName);
            }
        }

        return null;
    }
}
