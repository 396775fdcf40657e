namespace Palyra.Domain.Fleet;

/// <summary>Equality of texts without the case of ASCII letters; no other letter ever folds into one.</summary>
internal sealed class AsciiIgnoreCase : IEqualityComparer<string>
{
    internal static readonly AsciiIgnoreCase Comparer = new();

    private AsciiIgnoreCase() { }

    public bool Equals(string? x, string? y)
    {
        if (x is null || y is null || x.Length != y.Length)
        {
            return ReferenceEquals(x, y);
        }

        for (var i = 0; i < x.Length; i++)
        {
            if (Fold(x[i]) != Fold(y[i]))
            {
                return false;
            }
        }

        return true;
    }

    public int GetHashCode(string obj)
    {
        var hash = default(HashCode);
        foreach (var character in obj)
        {
            hash.Add(Fold(character));
        }

        return hash.ToHashCode();
    }

    private static char Fold(char character) => char.IsAsciiLetterUpper(character) ? (char)(character | 0x20) : character;
}
