namespace Palyra.Domain.Pairing;

/// <summary>The text forms of <see cref="ClientKind"/>.</summary>
public static class ClientKinds
{
    /// <summary>Reads <c>cli</c>, <c>desktop</c> or <c>node</c>, in any ASCII case, with surrounding space; anything else is refused.</summary>
    public static bool TryParse(string? text, out ClientKind kind)
    {
        kind = text is { Length: <= 64 } ? Find(text.AsSpan().Trim()) : ClientKind.Unspecified;
        return kind != ClientKind.Unspecified;
    }

    /// <summary>The form on the wire and in the transcript: <c>cli</c>, <c>desktop</c> or <c>node</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is no kind.</exception>
    public static string ToWireName(this ClientKind kind) => kind switch
    {
        ClientKind.Cli => "cli",
        ClientKind.Desktop => "desktop",
        ClientKind.Node => "node",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static ClientKind Find(ReadOnlySpan<char> text)
    {
        if (text.Equals("cli", StringComparison.OrdinalIgnoreCase))
        {
            return ClientKind.Cli;
        }

        if (text.Equals("desktop", StringComparison.OrdinalIgnoreCase))
        {
            return ClientKind.Desktop;
        }

        return text.Equals("node", StringComparison.OrdinalIgnoreCase) ? ClientKind.Node : ClientKind.Unspecified;
    }
}
