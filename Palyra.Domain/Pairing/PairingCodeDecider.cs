using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Pairing;

/// <summary>Minting and matching pairing codes. Pure: randomness comes in as bytes.</summary>
public static class PairingCodeDecider
{
    /// <summary>Random bytes in a QR token.</summary>
    public const int QrBytes = 20;

    /// <summary>Random bytes that <see cref="TryCompose"/> wants.</summary>
    public const int EntropyBytes = QrBytes;

    /// <summary>The most codes that may be active at once.</summary>
    public const int MaxActiveCodes = 64;

    /// <summary>The most handshakes that may be open on one code.</summary>
    public const int MaxSessionsPerCode = 3;

    /// <summary>The longest name of who mints a code.</summary>
    public const int MaxIssuedByLength = 256;

    /// <summary>The longest text that is compared at all.</summary>
    public const int MaxCodeLength = 256;

    /// <summary>How long a code lives unless said otherwise.</summary>
    public static readonly TimeSpan DefaultTtl = TimeSpan.FromMinutes(10);

    /// <summary>The shortest life of a code; less is raised to this.</summary>
    public static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(30);

    /// <summary>The longest life of a code; more is cut to this.</summary>
    public static readonly TimeSpan MaxTtl = TimeSpan.FromHours(24);

    private const uint PinCount = 1_000_000;

    // The largest multiple of a million that fits 32 bits: draws at or above it would favour small PINs and are drawn again.
    private const uint UniformLimit = uint.MaxValue / PinCount * PinCount;

    /// <summary>Checks a wish to mint a code: a known method, who asks, and room among the active codes.</summary>
    public static Result CheckMint(PairingMethod method, string? issuedBy, int activeCodes)
    {
        if (method is not (PairingMethod.Pin or PairingMethod.Qr))
        {
            return new PairingRefusal.InvalidPairingField("method", "must be pin or qr");
        }

        if (string.IsNullOrWhiteSpace(issuedBy) || issuedBy.Length > MaxIssuedByLength)
        {
            return new PairingRefusal.InvalidPairingField("issued_by", $"must be 1 to {MaxIssuedByLength} characters");
        }

        return activeCodes >= MaxActiveCodes ? new PairingRefusal.TooManyPairingCodes(MaxActiveCodes) : Result.Ok;
    }

    /// <summary>Makes the text of a code from random bytes.</summary>
    /// <returns><see langword="false"/> for the few draws that would make some PINs likelier than others: draw again.</returns>
    public static bool TryCompose(PairingMethod method, ReadOnlySpan<byte> random, out string code)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(random.Length, EntropyBytes, nameof(random));
        if (method == PairingMethod.Qr)
        {
            code = Convert.ToHexStringLower(random[..QrBytes]);
            return true;
        }

        var draw = BinaryPrimitives.ReadUInt32BigEndian(random);
        code = draw < UniformLimit ? (draw % PinCount).ToString("D6", CultureInfo.InvariantCulture) : "";
        return draw < UniformLimit;
    }

    /// <summary>The code with its life, clamped to 30 s .. 24 h.</summary>
    public static PairingCode Mint(string code, PairingMethod method, string issuedBy, TimeSpan? ttl, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(code);
        ArgumentNullException.ThrowIfNull(issuedBy);
        var life = TimeSpan.FromTicks(Math.Clamp((ttl ?? DefaultTtl).Ticks, MinTtl.Ticks, MaxTtl.Ticks));
        return new PairingCode { Code = code, Method = method, IssuedBy = issuedBy, CreatedAt = now, ExpiresAt = now.Add(life) };
    }

    /// <summary>
    /// The active code that reads so and travels so, or none. Every active code is compared, each in constant time, so that the time taken tells
    /// neither how many characters are right nor which code came close.
    /// </summary>
    public static PairingCode? Match(IEnumerable<PairingCode> active, PairingMethod method, string? presented, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(active);
        if (presented is null || presented.Length > MaxCodeLength)
        {
            return null;
        }

        Span<byte> wanted = stackalloc byte[SHA256.HashSizeInBytes];
        Digest(presented, wanted);
        Span<byte> held = stackalloc byte[SHA256.HashSizeInBytes];
        PairingCode? match = null;
        foreach (var code in active)
        {
            Digest(code.Code, held);
            var same = CryptographicOperations.FixedTimeEquals(wanted, held);
            match = same & code.Method == method & now < code.ExpiresAt ? code : match;
        }

        return match;
    }

    private static void Digest(string code, Span<byte> digest)
    {
        Span<byte> bytes = stackalloc byte[MaxCodeLength * 3];
        var length = Encoding.UTF8.GetBytes(code, bytes);
        SHA256.HashData(bytes[..length], digest);
    }
}
