using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Palyra.Domain.Attestation;

/// <summary>One signature of an envelope. The key id is a hint and no proof.</summary>
public sealed record DsseSignature(string KeyId, ReadOnlyMemory<byte> Signature);

/// <summary>
/// A DSSE v1 envelope (github.com/secure-systems-lab/dsse): a payload, its type and signatures over both. Nothing in it is verified yet.
/// </summary>
public sealed class DsseEnvelope
{
    /// <summary>The payload type of a worker attestation.</summary>
    public const string AttestationPayloadType = "application/vnd.palyra.worker-attestation.v1+json";

    /// <summary>The longest envelope that is read, in bytes.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The most signatures an envelope may carry.</summary>
    public const int MaxSignatures = 16;

    private const int MaxSignatureBytes = 1024;
    private const int MaxKeyIdLength = 256;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>An envelope of its parts.</summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxSignatures"/> signatures.</exception>
    public DsseEnvelope(string payloadType, ReadOnlyMemory<byte> payload, IReadOnlyList<DsseSignature> signatures)
    {
        ArgumentNullException.ThrowIfNull(payloadType);
        ArgumentNullException.ThrowIfNull(signatures);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(signatures.Count, MaxSignatures, nameof(signatures));
        PayloadType = payloadType;
        Payload = payload;
        Signatures = [.. signatures];
    }

    /// <summary>What the payload says it is.</summary>
    public string PayloadType { get; }

    /// <summary>The signed bytes.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>The signatures, in the order of the envelope.</summary>
    public IReadOnlyList<DsseSignature> Signatures { get; }

    /// <summary>The bytes that are signed: <c>DSSEv1 SP LEN(type) SP type SP LEN(body) SP body</c>, lengths in decimal.</summary>
    public static byte[] PreAuthenticationEncoding(string payloadType, ReadOnlySpan<byte> payload)
    {
        ArgumentNullException.ThrowIfNull(payloadType);
        var head = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(payloadType)} {payloadType} {payload.Length} "));
        return [.. head, .. payload];
    }

    /// <summary>
    /// Reads the JSON form: <c>payload</c> and <c>sig</c> in standard or URL-safe base64. Refuses whatever is over a limit, not JSON, doubled or of another shape.
    /// </summary>
    public static bool TryParse(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out DsseEnvelope? envelope)
    {
        envelope = null;
        if (json.Length > MaxBytes)
        {
            return false;
        }

        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            envelope = Read(document.RootElement);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException)
        {
            // Not JSON, or a text in it that is not Unicode: a refusal, told by the missing envelope.
        }

        return envelope is not null;
    }

    /// <summary>The JSON form, in standard base64.</summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteBase64String("payload", Payload.Span);
            writer.WriteString("payloadType", PayloadType);
            writer.WriteStartArray("signatures");
            foreach (var signature in Signatures)
            {
                writer.WriteStartObject();
                writer.WriteString("keyid", signature.KeyId);
                writer.WriteBase64String("sig", signature.Signature.Span);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static DsseEnvelope? Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object
            || !TryText(root, "payloadType", out var payloadType)
            || !TryText(root, "payload", out var payloadText) || DecodeBase64(payloadText) is not { } payload
            || !root.TryGetProperty("signatures", out var list) || list.ValueKind != JsonValueKind.Array
            || list.GetArrayLength() is 0 or > MaxSignatures)
        {
            return null;
        }

        var signatures = new List<DsseSignature>(list.GetArrayLength());
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.Object
                || !TryText(entry, "sig", out var text) || DecodeBase64(text) is not { Length: > 0 and <= MaxSignatureBytes } signature)
            {
                return null;
            }

            var keyId = "";
            if (entry.TryGetProperty("keyid", out _) && (!TryText(entry, "keyid", out keyId!) || keyId.Length > MaxKeyIdLength))
            {
                return null;
            }

            signatures.Add(new DsseSignature(keyId, signature));
        }

        return new DsseEnvelope(payloadType, payload, signatures);
    }

    private static bool TryText(JsonElement element, string name, [NotNullWhen(true)] out string? text)
    {
        text = element.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        return text is not null;
    }

    private static byte[]? DecodeBase64(string text)
    {
        var standard = text.Replace('-', '+').Replace('_', '/');
        standard = standard.PadRight((standard.Length + 3) / 4 * 4, '=');
        var bytes = new byte[standard.Length / 4 * 3];
        return Convert.TryFromBase64String(standard, bytes, out var written) ? bytes[..written] : null;
    }
}
