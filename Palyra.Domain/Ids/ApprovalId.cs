namespace Palyra.Domain.Ids;

/// <summary>Names a question put to a person. A canonical ULID; the default value names nothing.</summary>
public readonly record struct ApprovalId(Ulid Value) : IComparable<ApprovalId>
{
    /// <summary>Whether this is the default, which names nothing.</summary>
    public bool IsEmpty => Value.IsEmpty;

    /// <summary>Parses a canonical ULID; anything else is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ApprovalId id)
    {
        var parsed = Ulid.TryParse(text, out var value) && !value.IsEmpty;
        id = new ApprovalId(value);
        return parsed;
    }

    /// <summary>Parses a canonical ULID.</summary>
    /// <exception cref="FormatException">The text is not a canonical, non-zero ULID.</exception>
    public static ApprovalId Parse(ReadOnlySpan<char> text) =>
        TryParse(text, out var id) ? id : throw new FormatException("Not an approval id: expected a canonical, non-zero ULID.");

    /// <inheritdoc/>
    public int CompareTo(ApprovalId other) => Value.CompareTo(other.Value);

    /// <summary>Whether the left id sorts before the right one.</summary>
    public static bool operator <(ApprovalId left, ApprovalId right) => left.Value < right.Value;

    /// <summary>Whether the left id sorts after the right one.</summary>
    public static bool operator >(ApprovalId left, ApprovalId right) => left.Value > right.Value;

    /// <summary>Whether the left id sorts before or at the right one.</summary>
    public static bool operator <=(ApprovalId left, ApprovalId right) => left.Value <= right.Value;

    /// <summary>Whether the left id sorts after or at the right one.</summary>
    public static bool operator >=(ApprovalId left, ApprovalId right) => left.Value >= right.Value;

    /// <summary>The canonical 26 characters.</summary>
    public override string ToString() => Value.ToString();
}
