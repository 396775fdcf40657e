using Palyra.Domain.Time;

namespace Palyra.Domain.Pairing;

/// <summary>The instants of the latest wrong codes, from anywhere. Five within a minute trip it. A pure value: recording gives a new one.</summary>
/// <remarks>The default value has seen nothing.</remarks>
public readonly record struct WrongCodeWindow
{
    /// <summary>How many wrong codes trip the window.</summary>
    public const int Limit = 5;

    /// <summary>The length of the window.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMinutes(1);

    private readonly UnixTime[]? _seen;

    private WrongCodeWindow(UnixTime[] seen) => _seen = seen;

    /// <summary>Records one more wrong code.</summary>
    /// <returns>The window after it, empty again when it tripped; and whether it tripped.</returns>
    public (WrongCodeWindow Window, bool Tripped) Record(UnixTime now)
    {
        var from = now.Add(-Length);
        // A clock that was set back leaves instants in the future: they still count, a guesser must not gain from it.
        UnixTime[] seen = [.. (_seen ?? []).Where(instant => instant > from), now];
        return seen.Length >= Limit ? (default, true) : (new WrongCodeWindow(seen), false);
    }

    /// <inheritdoc/>
    public bool Equals(WrongCodeWindow other) => (_seen ?? []).AsSpan().SequenceEqual(other._seen ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() => (_seen ?? []).Aggregate(0, HashCode.Combine);
}
