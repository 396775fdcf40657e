using Palyra.Domain.Time;

namespace Palyra.Domain.Attestation;

/// <summary>A key that the policy lets vouch for workers, in a window and, if listed, for certain images only.</summary>
public sealed record TrustedSigner
{
    private readonly byte[] _publicKey = [];

    /// <summary>The id that signatures name, 1 to 256 characters. Two signers never share one.</summary>
    public required string KeyId { get; init; }

    /// <summary>DER SubjectPublicKeyInfo: ECDSA on P-256, or RSA of 2048 to 8192 bits (used with PSS). Signatures are over SHA-256.</summary>
    public required ReadOnlyMemory<byte> PublicKey
    {
        get => _publicKey;
        init => _publicKey = value.ToArray();
    }

    /// <summary>From when it may vouch, inclusive. By default always.</summary>
    public UnixTime NotBefore { get; init; } = UnixTime.MinValue;

    /// <summary>Until when it may vouch, exclusive. By default always.</summary>
    public UnixTime NotAfter { get; init; } = UnixTime.MaxValue;

    /// <summary>The image digests it may vouch for; <see langword="null"/> for any, an empty list for none.</summary>
    public IReadOnlyList<string>? ImageDigests { get; init; }
}
