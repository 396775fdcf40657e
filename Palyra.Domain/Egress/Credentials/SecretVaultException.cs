namespace Palyra.Domain.Egress.Credentials;

/// <summary>The vault cannot answer. The message names what went wrong and never a secret or a token.</summary>
public sealed class SecretVaultException : Exception
{
    /// <summary>A failure without a message.</summary>
    public SecretVaultException() { }

    /// <summary>A failure with a message.</summary>
    public SecretVaultException(string message) : base(message) { }

    /// <summary>A failure with a message and its cause.</summary>
    public SecretVaultException(string message, Exception innerException) : base(message, innerException) { }

    /// <summary>A failure of a known kind.</summary>
    public SecretVaultException(SecretVaultFailure failure, string message, Exception? innerException = null) : base(message, innerException) =>
        Failure = failure;

    /// <summary>What kind of failure it is.</summary>
    public SecretVaultFailure Failure { get; }
}
