using System.Text.Json.Serialization;

namespace Palyra.Adapters.Json.Identity;

// The sealed identity state as JSON, format version 1. Read and written by IdentityMapping only.
internal sealed record IdentityDocument(int SchemaVersion, IReadOnlyList<DeviceDocument> Devices, IReadOnlyList<EnrollmentDocument> Enrollments);

internal sealed record DeviceDocument(
    string DeviceId,
    IReadOnlyList<CertificateDocument> Certificates,
    string? CurrentFingerprint,
    string? RetiringFingerprint,
    long? RetiringUntilUnixMs,
    string? RevocationReason,
    long? RevokedAtUnixMs,
    long? PairedAtUnixMs,
    long? PairedUntilUnixMs = null);

internal sealed record CertificateDocument(string Fingerprint, long IssuedAtUnixMs, long ExpiresAtUnixMs);

internal sealed record EnrollmentDocument(string SessionId, string DeviceId, byte[] CertificateRequest, long ExpiresAtUnixMs);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(IdentityDocument))]
internal sealed partial class IdentityJson : JsonSerializerContext;
