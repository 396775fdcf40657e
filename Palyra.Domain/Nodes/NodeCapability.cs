namespace Palyra.Domain.Nodes;

/// <summary>Something a node can execute, and whether it may at the moment.</summary>
/// <param name="Name">1 to 128 printable characters without space, e.g. <c>shell.execute</c> or <c>tool:palyra.echo</c>.</param>
/// <param name="Available">Whether requests for it are accepted.</param>
public sealed record NodeCapability(string Name, bool Available)
{
    /// <summary>The longest name.</summary>
    public const int MaxNameLength = 128;

    /// <summary>Whether the text can name a capability: 1 to 128 printable ASCII characters, no space.</summary>
    public static bool IsValidName(string? name) =>
        name is { Length: > 0 and <= MaxNameLength } && !name.AsSpan().ContainsAnyExceptInRange('!', '~');
}
