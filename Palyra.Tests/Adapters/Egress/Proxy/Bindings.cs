using Palyra.Domain.Egress.Credentials;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>Credential bindings of the tests.</summary>
internal static class Bindings
{
    internal const string Path = "tests/key";

    internal static CredentialBinding To(string origin, string header = "authorization", bool required = true) =>
        new(header, SecretReference.Vault(Path), required, [origin]);
}
