namespace Palyra.Domain.Fleet;

/// <summary>The fleet could not store what it must never forget. A worker that failed is out all the same; nothing was granted.</summary>
public sealed class FleetMarkStoreException : Exception
{
    /// <summary>A failure without a word.</summary>
    public FleetMarkStoreException() { }

    /// <summary>A failure, in one sentence.</summary>
    public FleetMarkStoreException(string message) : base(message) { }

    /// <summary>A failure and what it came from.</summary>
    public FleetMarkStoreException(string message, Exception innerException) : base(message, innerException) { }
}
