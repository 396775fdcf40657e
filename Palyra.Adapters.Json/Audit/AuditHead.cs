using System.Buffers;
using System.Text.Json;
using Palyra.Adapters.Json.Files;
using Palyra.Domain.Audit;

namespace Palyra.Adapters.Json.Audit;

/// <summary>The newest checkpoint of a file, kept beside it and replaced atomically: the file has to reach at least this far.</summary>
internal sealed record AuditHead(ulong Number, AuditHash Hash, string KeyId, string Signature)
{
    internal const string Suffix = ".head";
    private const int MaxBytes = 4096;

    /// <summary>Whether there is a head beside a file, readable or not.</summary>
    internal static bool Exists(string auditFile) => Path.Exists(auditFile + Suffix);

    internal void Save(string auditFile)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("seq", Number);
            json.WriteString("hash", Hash.ToString());
            json.WriteString("key_id", KeyId);
            json.WriteString("signature", Signature);
            json.WriteEndObject();
        }

        AtomicFile.Replace(auditFile + Suffix, buffer.WrittenSpan);
    }

    /// <summary>Reads the head of a file; <see langword="null"/> when there is none, or it is no head.</summary>
    internal static AuditHead? Load(string auditFile)
    {
        var file = new FileInfo(auditFile + Suffix);
        if (!file.Exists || file.Length > MaxBytes)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file.FullName));
            var root = document.RootElement;
            return AuditHash.TryParse(root.GetProperty("hash").GetString(), out var hash)
                ? new AuditHead(
                    root.GetProperty("seq").GetUInt64(), hash, root.GetProperty("key_id").GetString() ?? "", root.GetProperty("signature").GetString() ?? "")
                : null;
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }
}
