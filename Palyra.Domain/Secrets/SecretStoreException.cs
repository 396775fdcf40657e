namespace Palyra.Domain.Secrets;

/// <summary>A sealed entry cannot be opened. The message names the entry and never its content.</summary>
public sealed class SecretStoreException : Exception
{
    /// <summary>A failure without a message.</summary>
    public SecretStoreException() { }

    /// <summary>A failure with a message.</summary>
    public SecretStoreException(string message) : base(message) { }

    /// <summary>A failure with a message and its cause.</summary>
    public SecretStoreException(string message, Exception innerException) : base(message, innerException) { }
}
