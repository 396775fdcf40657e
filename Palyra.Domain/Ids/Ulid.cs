using System.Buffers.Binary;
using Palyra.Domain.Time;

namespace Palyra.Domain.Ids;

/// <summary>
/// A ULID: 48 bits of Unix milliseconds, then 80 random bits; 26 upper-case Crockford Base32 characters, the first one 0 to 7
/// (github.com/ulid/spec). Parsing is strict: no lower case, no look-alikes (I, L, O, U), no other length.
/// </summary>
/// <remarks>Ordering by value equals ordinal ordering of the text. The default value is all zeros and is no valid id of anything.</remarks>
public readonly record struct Ulid : IComparable<Ulid>
{
    /// <summary>The number of characters of the text form.</summary>
    public const int TextLength = 26;

    /// <summary>The number of random bytes in a ULID.</summary>
    public const int RandomLength = 10;

    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const long MaxTimestamp = (1L << 48) - 1;

    private readonly UInt128 _bits;

    private Ulid(UInt128 bits) => _bits = bits;

    /// <summary>The ULID with these 128 bits.</summary>
    public static Ulid FromBits(UInt128 bits) => new(bits);

    /// <summary>
    /// Composes a ULID. Time and randomness are arguments, so that a decision that makes an id stays a function of its input.
    /// </summary>
    /// <param name="time">Clamped to 0 .. 2^48-1 milliseconds.</param>
    /// <param name="random">At least <see cref="RandomLength"/> bytes from a cryptographic generator; the first ten are used.</param>
    public static Ulid Create(UnixTime time, ReadOnlySpan<byte> random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(random.Length, RandomLength, nameof(random));
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Math.Clamp(time.Milliseconds, 0, MaxTimestamp) << 16);
        random[..RandomLength].CopyTo(bytes[6..]);
        return new Ulid(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>The instant in the first 48 bits.</summary>
    public UnixTime Time => new((long)(ulong)(_bits >> 80));

    /// <summary>All 128 bits.</summary>
    public UInt128 Bits => _bits;

    /// <summary>Whether this is the all-zero default, which names nothing.</summary>
    public bool IsEmpty => _bits == UInt128.Zero;

    /// <summary>Parses the 26-character canonical form; anything else, including lower case and surrounding space, is refused.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ulid ulid)
    {
        ulid = default;
        if (text.Length != TextLength || text[0] is < '0' or > '7')
        {
            return false;
        }

        var bits = UInt128.Zero;
        foreach (var character in text)
        {
            var digit = character < 128 ? Digits[character] : NoDigit;
            if (digit == NoDigit)
            {
                return false;
            }

            bits = (bits << 5) | digit;
        }

        ulid = new Ulid(bits);
        return true;
    }

    /// <summary>Parses the canonical form.</summary>
    /// <exception cref="FormatException">The text is not a canonical ULID.</exception>
    public static Ulid Parse(ReadOnlySpan<char> text) => TryParse(text, out var ulid)
        ? ulid
        : throw new FormatException("Not a canonical ULID: expected 26 upper-case Crockford Base32 characters, the first one 0 to 7.");

    /// <inheritdoc/>
    public int CompareTo(Ulid other) => _bits.CompareTo(other._bits);

    /// <summary>Whether the left id sorts before the right one.</summary>
    public static bool operator <(Ulid left, Ulid right) => left._bits < right._bits;

    /// <summary>Whether the left id sorts after the right one.</summary>
    public static bool operator >(Ulid left, Ulid right) => left._bits > right._bits;

    /// <summary>Whether the left id sorts before or at the right one.</summary>
    public static bool operator <=(Ulid left, Ulid right) => left._bits <= right._bits;

    /// <summary>Whether the left id sorts after or at the right one.</summary>
    public static bool operator >=(Ulid left, Ulid right) => left._bits >= right._bits;

    /// <summary>The canonical 26 characters; allocates nothing but the string.</summary>
    public override string ToString() => string.Create(TextLength, _bits, static (text, bits) =>
    {
        for (var i = TextLength - 1; i >= 0; i--)
        {
            text[i] = Alphabet[(int)(uint)(bits & 31)];
            bits >>= 5;
        }
    });

    private const byte NoDigit = byte.MaxValue;

    private static readonly byte[] Digits = BuildDigits();

    private static byte[] BuildDigits()
    {
        var digits = new byte[128];
        Array.Fill(digits, NoDigit);
        for (var i = 0; i < Alphabet.Length; i++)
        {
            digits[Alphabet[i]] = (byte)i;
        }

        return digits;
    }
}
