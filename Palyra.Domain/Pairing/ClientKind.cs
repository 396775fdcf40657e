namespace Palyra.Domain.Pairing;

/// <summary>What a paired device is. The zero value is no kind and is refused everywhere.</summary>
public enum ClientKind
{
    /// <summary>No kind.</summary>
    Unspecified = 0,

    /// <summary>A command line.</summary>
    Cli,

    /// <summary>A desktop application.</summary>
    Desktop,

    /// <summary>A node that executes capabilities.</summary>
    Node,
}
