using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Palyra.Domain.Ids;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>Keeps the node's identity as one entry of a secret store.</summary>
internal sealed class NodeIdentityStore(ISecretStore secrets)
{
    internal const string Entry = "node/identity";
    private const int SchemaVersion = 1;

    internal NodeIdentity? Load()
    {
        if (!secrets.TryRead(Entry, out var content))
        {
            return null;
        }

        try
        {
            var document = JsonSerializer.Deserialize(content, NodeIdentityJson.Default.NodeIdentityDocument);
            return document is { SchemaVersion: SchemaVersion, SigningKey: not null } ? ToIdentity(document) : throw new FormatException("unknown schema version");
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException)
        {
            throw new SecretStoreException($"The entry '{Entry}' holds no node identity of schema version {SchemaVersion}. Restore it, or delete it and pair again.", malformed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    internal void Save(NodeIdentity identity)
    {
        var document = new NodeIdentityDocument(
            SchemaVersion,
            identity.DeviceId.ToString(),
            identity.SigningKey,
            identity.CertificateKey,
            identity.CertificatePem,
            identity.GatewayCaPem,
            identity.PendingSession?.ToString(),
            identity.PendingKey,
            identity.PendingCheckCode);
        var content = JsonSerializer.SerializeToUtf8Bytes(document, NodeIdentityJson.Default.NodeIdentityDocument);
        secrets.Write(Entry, content);
        CryptographicOperations.ZeroMemory(content);
    }

    internal bool Delete() => secrets.Delete(Entry);

    private static NodeIdentity ToIdentity(NodeIdentityDocument document) => new()
    {
        DeviceId = DeviceId.Parse(document.DeviceId),
        SigningKey = document.SigningKey,
        CertificateKey = document.CertificateKey,
        CertificatePem = document.CertificatePem,
        GatewayCaPem = document.GatewayCaPem,
        PendingSession = document.PendingSession is { } session ? PairingSessionId.Parse(session) : null,
        PendingKey = document.PendingKey,
        PendingCheckCode = document.PendingCheckCode,
    };
}

internal sealed record NodeIdentityDocument(
    int SchemaVersion,
    string DeviceId,
    byte[] SigningKey,
    byte[]? CertificateKey,
    string? CertificatePem,
    string? GatewayCaPem,
    string? PendingSession,
    byte[]? PendingKey,
    string? PendingCheckCode);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(NodeIdentityDocument))]
internal sealed partial class NodeIdentityJson : JsonSerializerContext;
