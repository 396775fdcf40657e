namespace Palyra.Domain.Nodes;

/// <summary>The node runtime's state cannot be read or kept. The message names the file, where it can the offset, and what to do.</summary>
public sealed class NodeRuntimeStoreException : Exception
{
    /// <summary>A failure without a message.</summary>
    public NodeRuntimeStoreException() { }

    /// <summary>A failure with a message.</summary>
    public NodeRuntimeStoreException(string message) : base(message) { }

    /// <summary>A failure with a message and its cause.</summary>
    public NodeRuntimeStoreException(string message, Exception innerException) : base(message, innerException) { }
}
