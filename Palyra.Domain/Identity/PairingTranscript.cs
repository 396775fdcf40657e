using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;

namespace Palyra.Domain.Identity;

/// <summary>
/// The bytes that both sides of a pairing sign and authenticate. A domain label, then every field preceded by its length as a 32-bit big-endian
/// number, so that no two different inputs give the same bytes. Text is UTF-8; ids and client kinds are in their canonical form.
/// </summary>
public static class PairingTranscript
{
    /// <summary>The protocol version of this page: ECDH and ECDSA over P-256, and a PKCS#10 request.</summary>
    public const uint ProtocolVersion = 2;

    /// <summary>The length of a challenge in bytes.</summary>
    public const int ChallengeLength = 32;

    /// <summary>The length of a public key in bytes: an uncompressed P-256 point.</summary>
    public const int PublicKeyLength = 65;

    /// <summary>The length of a signature in bytes: r and s, 32 each.</summary>
    public const int SignatureLength = 64;

    /// <summary>The length of a transcript MAC in bytes.</summary>
    public const int MacLength = 32;

    private static ReadOnlySpan<byte> SignatureLabel => "palyra-pairing-v2"u8;

    private static ReadOnlySpan<byte> ContextLabel => "palyra-mtls-transcript-v2"u8;

    /// <summary>
    /// What the device's signing key signs: label <c>palyra-pairing-v2</c>, protocol version, session id, challenge, gateway public, device id, client
    /// kind, code, SHA-256 of the PKCS#10 request.
    /// </summary>
    public static byte[] SignaturePayload(
        PairingSessionId session,
        ReadOnlySpan<byte> challenge,
        ReadOnlySpan<byte> gatewayPublic,
        DeviceId device,
        ClientKind clientKind,
        string code,
        ReadOnlySpan<byte> certificateRequest)
    {
        ArgumentNullException.ThrowIfNull(code);
        Span<byte> requestHash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(certificateRequest, requestHash);
        var bytes = new ArrayBufferWriter<byte>(512);
        bytes.Write(SignatureLabel);
        WriteVersion(bytes);
        WriteText(bytes, session.ToString());
        WriteField(bytes, challenge);
        WriteField(bytes, gatewayPublic);
        WriteText(bytes, device.ToString());
        WriteText(bytes, clientKind.ToWireName());
        WriteText(bytes, code);
        WriteField(bytes, requestHash);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>
    /// What the transcript MAC is derived over: label <c>palyra-mtls-transcript-v2</c>, session id, protocol version, device id, client kind, device
    /// signing public, device agreement public.
    /// </summary>
    public static byte[] Context(
        PairingSessionId session, DeviceId device, ClientKind clientKind, ReadOnlySpan<byte> deviceSigningPublic, ReadOnlySpan<byte> deviceAgreementPublic)
    {
        var bytes = new ArrayBufferWriter<byte>(320);
        bytes.Write(ContextLabel);
        WriteText(bytes, session.ToString());
        WriteVersion(bytes);
        WriteText(bytes, device.ToString());
        WriteText(bytes, clientKind.ToWireName());
        WriteField(bytes, deviceSigningPublic);
        WriteField(bytes, deviceAgreementPublic);
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>HKDF-SHA256 with the x-coordinate of the shared point as key material, the challenge as salt and the context as info; 32 bytes.</summary>
    public static byte[] Mac(ReadOnlySpan<byte> sharedSecret, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> context)
    {
        var mac = new byte[MacLength];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, sharedSecret, mac, challenge, context);
        return mac;
    }

    /// <summary>SHA-256 of the transcript MAC: it names the handshake without giving the MAC away.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> mac) => SHA256.HashData(mac);

    /// <summary>SHA-256 of a signing key in lower-case hexadecimal: the device's lasting identity.</summary>
    public static string IdentityFingerprint(ReadOnlySpan<byte> signingPublic) => Convert.ToHexStringLower(SHA256.HashData(signingPublic));

    private static void WriteVersion(ArrayBufferWriter<byte> bytes)
    {
        Span<byte> version = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(version, ProtocolVersion);
        WriteField(bytes, version);
    }

    private static void WriteText(ArrayBufferWriter<byte> bytes, string text) => WriteField(bytes, Encoding.UTF8.GetBytes(text));

    private static void WriteField(ArrayBufferWriter<byte> bytes, ReadOnlySpan<byte> field)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes.GetSpan(sizeof(uint)), (uint)field.Length);
        bytes.Advance(sizeof(uint));
        bytes.Write(field);
    }
}
