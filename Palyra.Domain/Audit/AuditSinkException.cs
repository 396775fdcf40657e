namespace Palyra.Domain.Audit;

/// <summary>An audit sink cannot take records any more.</summary>
public sealed class AuditSinkException : Exception
{
    /// <summary>A failure without a message.</summary>
    public AuditSinkException() { }

    /// <summary>A failure with a message.</summary>
    public AuditSinkException(string message) : base(message) { }

    /// <summary>A failure with a message and its cause.</summary>
    public AuditSinkException(string message, Exception innerException) : base(message, innerException) { }
}
