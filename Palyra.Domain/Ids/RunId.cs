namespace Palyra.Domain.Ids;

/// <summary>Names one unit of agent work. 1 to 128 UTF-8 bytes, not only space, no control characters; kept and compared as it is.</summary>
public readonly record struct RunId
{
    /// <summary>The longest id, in UTF-8 bytes.</summary>
    public const int MaxBytes = 128;

    private readonly string? _text;

    private RunId(string text) => _text = text;

    /// <summary>Whether this is the default, which names nothing.</summary>
    public bool IsEmpty => _text is null;

    /// <summary>Checks an id.</summary>
    public static bool TryParse(string? text, out RunId id)
    {
        var parsed = BoundedText.IsBounded(text, MaxBytes);
        id = parsed ? new RunId(text!) : default;
        return parsed;
    }

    /// <summary>Checks an id.</summary>
    /// <exception cref="FormatException">The text is empty, too long or holds control characters.</exception>
    public static RunId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new FormatException("Not a run id: expected 1 to 128 UTF-8 bytes without control characters.");

    /// <summary>The text of the id; empty for the default.</summary>
    public override string ToString() => _text ?? "";
}
