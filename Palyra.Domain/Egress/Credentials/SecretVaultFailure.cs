namespace Palyra.Domain.Egress.Credentials;

/// <summary>Why a vault could not answer.</summary>
public enum SecretVaultFailure
{
    /// <summary>Not said; the zero value.</summary>
    Unknown = 0,

    /// <summary>Not reached, not in time, or it failed inside (5xx).</summary>
    Unavailable,

    /// <summary>Reached, but sealed or not initialised.</summary>
    Sealed,

    /// <summary>It refused the login, the token or the path (4xx other than 404).</summary>
    Refused,

    /// <summary>It answered something that is not its API.</summary>
    Malformed,

    /// <summary>The stored entry is damaged.</summary>
    Damaged,
}
