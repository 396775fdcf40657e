using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Ids;

namespace Palyra.Domain.Identity;

/// <summary>What a device sends to complete its pairing, as it came, before anything of it is believed.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record PairingCompletion
{
    /// <summary>The longest code in characters.</summary>
    public const int MaxCodeLength = 256;

    /// <summary>The longest PKCS#10 request in bytes.</summary>
    public const int MaxCertificateRequestLength = 4096;

    /// <summary>The protocol version the device speaks.</summary>
    public required uint Version { get; init; }

    /// <summary>The session it answers.</summary>
    public required PairingSessionId SessionId { get; init; }

    /// <summary>The device.</summary>
    public required DeviceId DeviceId { get; init; }

    /// <summary>The client kind, as sent.</summary>
    public required string ClientKind { get; init; }

    /// <summary>The pairing code.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public required string Code { get; init; }

    /// <summary>The device's signing key, an uncompressed P-256 point.</summary>
    public required ReadOnlyMemory<byte> SigningPublic { get; init; }

    /// <summary>The device's agreement key, an uncompressed P-256 point made for this session.</summary>
    public required ReadOnlyMemory<byte> AgreementPublic { get; init; }

    /// <summary>The signature over <see cref="PairingTranscript.SignaturePayload"/>.</summary>
    public required ReadOnlyMemory<byte> ChallengeSignature { get; init; }

    /// <summary>The MAC over <see cref="PairingTranscript.Context"/>.</summary>
    public required ReadOnlyMemory<byte> TranscriptMac { get; init; }

    /// <summary>The PKCS#10 request in DER.</summary>
    public required ReadOnlyMemory<byte> CertificateRequest { get; init; }

    /// <summary>SHA-256 over every field, each preceded by its length: equal exactly for the very same message.</summary>
    public byte[] Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> version = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(version, Version);
        hash.AppendData(version);
        foreach (var text in (string[])[SessionId.ToString(), DeviceId.ToString(), ClientKind, Code])
        {
            Append(hash, Encoding.UTF8.GetBytes(text));
        }

        foreach (var bytes in (ReadOnlyMemory<byte>[])[SigningPublic, AgreementPublic, ChallengeSignature, TranscriptMac, CertificateRequest])
        {
            Append(hash, bytes.Span);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Session and device; nothing of the code.</summary>
    public override string ToString() => $"completion of {SessionId} by {DeviceId}";

    /// <summary>The first field whose length no honest device sends; <see langword="null"/> when all are in bounds.</summary>
    internal string? OversizedField() =>
        ClientKind.Length > 64 ? "client_kind"
        : Code.Length > MaxCodeLength ? "proof"
        : SigningPublic.Length > PairingTranscript.PublicKeyLength ? "device_signing_public"
        : AgreementPublic.Length > PairingTranscript.PublicKeyLength ? "device_x25519_public"
        : ChallengeSignature.Length > PairingTranscript.SignatureLength ? "challenge_signature"
        : TranscriptMac.Length > PairingTranscript.MacLength ? "transcript_mac"
        : CertificateRequest.Length > MaxCertificateRequestLength ? "certificate_signing_request"
        : null;

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)field.Length);
        hash.AppendData(length);
        hash.AppendData(field);
    }
}
