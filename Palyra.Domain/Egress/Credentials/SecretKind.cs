namespace Palyra.Domain.Egress.Credentials;

/// <summary>Where a secret reference points. Only <see cref="Vault"/> may be injected.</summary>
public enum SecretKind
{
    /// <summary>Unknown; the zero value. Refused.</summary>
    None = 0,

    /// <summary>The vault.</summary>
    Vault,

    /// <summary>An environment variable. Refused.</summary>
    Env,

    /// <summary>A file. Refused.</summary>
    File,

    /// <summary>A command's output. Refused.</summary>
    Exec,
}
