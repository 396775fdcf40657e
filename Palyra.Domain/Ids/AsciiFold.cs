namespace Palyra.Domain.Ids;

/// <summary>Lower case for ASCII letters only: no culture, no Unicode look-alike ever folds into an ASCII letter.</summary>
internal static class AsciiFold
{
    internal static string ToLower(string text) => text.AsSpan().IndexOfAnyInRange('A', 'Z') < 0
        ? text
        : string.Create(text.Length, text, static (folded, original) =>
        {
            for (var i = 0; i < folded.Length; i++)
            {
                var character = original[i];
                folded[i] = char.IsAsciiLetterUpper(character) ? (char)(character | 0x20) : character;
            }
        });
}
