namespace Palyra.Domain.Time;

/// <summary>
/// An instant in Unix milliseconds, the unit of every <c>*_unix_ms</c> member on the wire and in files.
/// </summary>
/// <remarks>
/// Any signed 64-bit number is a valid instant. Arithmetic saturates at <see cref="MinValue"/> and <see cref="MaxValue"/>: it never
/// wraps and never throws, so a hostile duration can move a deadline to the end of time but not past it.
/// The default value is the epoch, which every freshness rule treats as long past.
/// </remarks>
public readonly record struct UnixTime(long Milliseconds) : IComparable<UnixTime>
{
    /// <summary>The earliest instant; subtraction saturates here.</summary>
    public static readonly UnixTime MinValue = new(long.MinValue);

    /// <summary>The latest instant; addition saturates here.</summary>
    public static readonly UnixTime MaxValue = new(long.MaxValue);

    /// <summary>The instant of a <see cref="DateTimeOffset"/>, cut to whole milliseconds.</summary>
    public static UnixTime From(DateTimeOffset instant) => new(instant.ToUnixTimeMilliseconds());

    /// <summary>The current instant of a time provider. For shells: deciders are given the instant.</summary>
    public static UnixTime Now(TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return From(clock.GetUtcNow());
    }

    /// <summary>The same instant as a <see cref="DateTimeOffset"/> in UTC, saturated to the years 1 to 9999.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(
        Milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>This instant moved by <paramref name="milliseconds"/>, which may be negative; saturates.</summary>
    public UnixTime AddMilliseconds(long milliseconds)
    {
        unchecked
        {
            var sum = Milliseconds + milliseconds;
            var overflowed = ((Milliseconds ^ sum) & (milliseconds ^ sum)) < 0;
            return overflowed ? (milliseconds < 0 ? MinValue : MaxValue) : new UnixTime(sum);
        }
    }

    /// <summary>This instant moved by an unsigned duration; saturates at <see cref="MaxValue"/>.</summary>
    public UnixTime AddMilliseconds(ulong milliseconds)
    {
        var sum = (Int128)Milliseconds + milliseconds;
        return sum > long.MaxValue ? MaxValue : new UnixTime((long)sum);
    }

    /// <summary>This instant moved by <paramref name="duration"/>, cut to whole milliseconds; saturates.</summary>
    public UnixTime Add(TimeSpan duration) => AddMilliseconds(duration.Ticks / TimeSpan.TicksPerMillisecond);

    /// <summary>Milliseconds from <paramref name="earlier"/> to this instant; negative when it lies later; saturates.</summary>
    public long MillisecondsSince(UnixTime earlier)
    {
        unchecked
        {
            var difference = Milliseconds - earlier.Milliseconds;
            var overflowed = ((Milliseconds ^ earlier.Milliseconds) & (Milliseconds ^ difference)) < 0;
            return overflowed ? (Milliseconds < 0 ? long.MinValue : long.MaxValue) : difference;
        }
    }

    /// <summary>The earlier of two instants.</summary>
    public static UnixTime Min(UnixTime left, UnixTime right) => left <= right ? left : right;

    /// <summary>The later of two instants.</summary>
    public static UnixTime Max(UnixTime left, UnixTime right) => left >= right ? left : right;

    /// <inheritdoc/>
    public int CompareTo(UnixTime other) => Milliseconds.CompareTo(other.Milliseconds);

    /// <summary>Whether the left instant lies before the right one.</summary>
    public static bool operator <(UnixTime left, UnixTime right) => left.Milliseconds < right.Milliseconds;

    /// <summary>Whether the left instant lies after the right one.</summary>
    public static bool operator >(UnixTime left, UnixTime right) => left.Milliseconds > right.Milliseconds;

    /// <summary>Whether the left instant lies before or at the right one.</summary>
    public static bool operator <=(UnixTime left, UnixTime right) => left.Milliseconds <= right.Milliseconds;

    /// <summary>Whether the left instant lies after or at the right one.</summary>
    public static bool operator >=(UnixTime left, UnixTime right) => left.Milliseconds >= right.Milliseconds;

    /// <summary>The number of milliseconds in invariant decimal.</summary>
    public override string ToString() => Milliseconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
