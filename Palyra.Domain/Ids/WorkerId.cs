namespace Palyra.Domain.Ids;

/// <summary>
/// Names a worker: 1 to 128 UTF-8 bytes after trimming, no control characters. Two ids that differ only in the case of ASCII letters are the same worker,
/// so that <c>W</c> and <c>w</c> cannot be two ledger entries. For workers of the node RPC it is the device id.
/// </summary>
/// <remarks>
/// Ordering is ordinal over the text with ASCII letters folded to lower case, consistent with equality.
/// The default value names nothing.
/// </remarks>
public readonly struct WorkerId : IEquatable<WorkerId>, IComparable<WorkerId>
{
    /// <summary>The longest id, in UTF-8 bytes.</summary>
    public const int MaxBytes = 128;

    private readonly string? _text;
    private readonly string? _folded;

    private WorkerId(string text)
    {
        _text = text;
        var folded = AsciiFold.ToLower(text);
        _folded = folded;
    }

    /// <summary>Whether this is the default, which names nothing.</summary>
    public bool IsEmpty => _text is null;

    /// <summary>Trims and checks an id.</summary>
    public static bool TryParse(string? text, out WorkerId id)
    {
        var parsed = BoundedText.TryTrim(text, MaxBytes, out var trimmed);
        id = parsed ? new WorkerId(trimmed) : default;
        return parsed;
    }

    /// <summary>Trims and checks an id.</summary>
    /// <exception cref="FormatException">The text is empty, too long or holds control characters.</exception>
    public static WorkerId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new FormatException("Not a worker id: expected 1 to 128 UTF-8 bytes without control characters.");

    /// <summary>The worker that a device becomes when it attests.</summary>
    public static WorkerId From(DeviceId device) => Parse(device.ToString());

    /// <inheritdoc/>
    public bool Equals(WorkerId other) => string.Equals(_folded, other._folded, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is WorkerId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _folded?.GetHashCode(StringComparison.Ordinal) ?? 0;

    /// <inheritdoc/>
    public int CompareTo(WorkerId other) => string.CompareOrdinal(_folded, other._folded);

    /// <summary>Whether both name the same worker.</summary>
    public static bool operator ==(WorkerId left, WorkerId right) => left.Equals(right);

    /// <summary>Whether the two name different workers.</summary>
    public static bool operator !=(WorkerId left, WorkerId right) => !left.Equals(right);

    /// <summary>Whether the left id sorts before the right one.</summary>
    public static bool operator <(WorkerId left, WorkerId right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left id sorts after the right one.</summary>
    public static bool operator >(WorkerId left, WorkerId right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left id sorts before or at the right one.</summary>
    public static bool operator <=(WorkerId left, WorkerId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left id sorts after or at the right one.</summary>
    public static bool operator >=(WorkerId left, WorkerId right) => left.CompareTo(right) >= 0;

    /// <summary>The id as it was given, trimmed.</summary>
    public override string ToString() => _text ?? "";
}
