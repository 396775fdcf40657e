using System.Text.Json;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Attestation;

/// <summary>The signed content of an envelope: an attestation and the challenge it answers.</summary>
public sealed record AttestationPayload(WorkerAttestation Attestation, ChallengeNonce? Challenge)
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };

    /// <summary>Reads a JSON payload. Refused with <c>MalformedPayload</c> when a member is missing, doubled or of the wrong type; unknown members are passed over.</summary>
    /// <remarks>A worker id that is missing or no valid id reads as the default, so that the order of checks stays with <see cref="AttestationDecider"/>.</remarks>
    public static Result<AttestationPayload> Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return Read(document.RootElement);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or FormatException)
        {
            return new AttestationRefusal.MalformedPayload("The payload is not a JSON object of the expected members and types.");
        }
    }

    /// <summary>Reads the members of an attestation from a JSON object.</summary>
    /// <exception cref="FormatException">A required member is missing, or a number is out of its range.</exception>
    /// <exception cref="InvalidOperationException">A member is of the wrong type.</exception>
    public static AttestationPayload Read(JsonElement root)
    {
        var attestation = new WorkerAttestation
        {
            WorkerId = WorkerId.TryParse(Member(root, "worker_id")?.GetString(), out var workerId) ? workerId : default,
            ImageDigest = Text(root, "image_digest_sha256"),
            BuildDigest = Text(root, "build_digest_sha256"),
            ArtifactDigest = Text(root, "artifact_digest_sha256"),
            EgressProxyAttested = Member(root, "egress_proxy_attested")?.GetBoolean() ?? throw Missing("egress_proxy_attested"),
            SupportedCapabilities = Capabilities(root),
            CapabilityAuthority = Member(root, "capability_authority_sha256")?.GetString(),
            SdkProtocolVersion = Member(root, "sdk_protocol_version")?.GetUInt32() ?? WorkerAttestation.DefaultSdkProtocolVersion,
            WitAbiVersion = Member(root, "wit_abi_version")?.GetString() ?? WorkerAttestation.DefaultWitAbiVersion,
            HeartbeatAt = new UnixTime(Member(root, "heartbeat_unix_ms")?.GetInt64() ?? 0),
            IssuedAt = new UnixTime(Member(root, "issued_at_unix_ms")?.GetInt64() ?? throw Missing("issued_at_unix_ms")),
            ExpiresAt = new UnixTime(Member(root, "expires_at_unix_ms")?.GetInt64() ?? throw Missing("expires_at_unix_ms")),
        };
        return new AttestationPayload(attestation, ChallengeNonce.TryParse(Member(root, "challenge_b64")?.GetString(), out var nonce) ? nonce : null);
    }

    /// <summary>The JSON form, ready to be signed.</summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("worker_id", Attestation.WorkerId.ToString());
            writer.WriteString("image_digest_sha256", Attestation.ImageDigest);
            writer.WriteString("build_digest_sha256", Attestation.BuildDigest);
            writer.WriteString("artifact_digest_sha256", Attestation.ArtifactDigest);
            writer.WriteBoolean("egress_proxy_attested", Attestation.EgressProxyAttested);
            writer.WriteStartArray("supported_capabilities");
            foreach (var capability in Attestation.SupportedCapabilities)
            {
                writer.WriteStringValue(capability);
            }

            writer.WriteEndArray();
            if (Attestation.CapabilityAuthority is { } authority)
            {
                writer.WriteString("capability_authority_sha256", authority);
            }

            writer.WriteNumber("sdk_protocol_version", Attestation.SdkProtocolVersion);
            writer.WriteString("wit_abi_version", Attestation.WitAbiVersion);
            writer.WriteNumber("heartbeat_unix_ms", Attestation.HeartbeatAt.Milliseconds);
            writer.WriteNumber("issued_at_unix_ms", Attestation.IssuedAt.Milliseconds);
            writer.WriteNumber("expires_at_unix_ms", Attestation.ExpiresAt.Milliseconds);
            if (Challenge is { } nonce)
            {
                writer.WriteBase64String("challenge_b64", nonce.ToArray());
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static string[] Capabilities(JsonElement root)
    {
        if (Member(root, "supported_capabilities") is not { } list)
        {
            return [];
        }

        var capabilities = new string[Math.Min(list.GetArrayLength(), WorkerAttestation.MaxCapabilities + 1)];
        for (var i = 0; i < capabilities.Length; i++)
        {
            capabilities[i] = list[i].GetString() ?? throw Missing("supported_capabilities");
        }

        return capabilities;
    }

    private static string Text(JsonElement root, string name) => Member(root, name)?.GetString() ?? throw Missing(name);

    private static JsonElement? Member(JsonElement root, string name) =>
        root.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    private static FormatException Missing(string name) => new($"{name} is missing.");
}
