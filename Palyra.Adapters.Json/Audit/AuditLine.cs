using System.Buffers;
using System.Text;
using System.Text.Json;
using Palyra.Domain.Audit;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Audit;

/// <summary>
/// The bytes of one line: a JSON object that begins with <c>seq</c> and ends with <c>hash</c>. The hash covers the line's exact bytes up to the comma
/// before it, so nothing of a line can be respelt.
/// </summary>
internal static class AuditLine
{
    internal const string OpenedEvent = "audit.opened";
    internal const string RecoveredEvent = "audit.recovered";
    internal const string CheckpointEvent = "audit.checkpoint";
    internal const string RotatedEvent = "audit.rotated";

    private const int MaxText = 1024;
    private const int HashTailLength = 9 + (AuditHash.Size * 2) + 2;

    private static readonly string[] Outcomes = ["denied", "allowed", "failed"];

    private static ReadOnlySpan<byte> HashTail => ",\"hash\":\""u8;

    /// <summary>Writes the part of a record's line that the hash covers.</summary>
    internal static void WriteRecord(Utf8JsonWriter json, ulong number, AuditRecord record)
    {
        Begin(json, number, record.At, record.Event);
        json.WriteString("outcome", Outcomes[(int)record.Outcome]);
        WriteUnlessEmpty(json, "reason_code", record.ReasonCode);
        WriteUnlessEmpty(json, "actor", record.Actor);
        WriteUnlessEmpty(json, "lease_id", record.LeaseId.IsEmpty ? "" : record.LeaseId.ToString());
        WriteUnlessEmpty(json, "run_id", record.RunId.ToString());
        if (!record.Fields.IsDefaultOrEmpty)
        {
            json.WriteStartObject("fields");
            foreach (var (name, text) in record.Fields.Take(AuditRecord.MaxFields))
            {
                json.WriteString(Cut(name), Cut(text));
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    /// <summary>Writes the covered part of one of the trail's own lines.</summary>
    internal static void WriteOwn(Utf8JsonWriter json, ulong number, UnixTime at, string name, ReadOnlySpan<(string Name, string Text)> members)
    {
        Begin(json, number, at, name);
        foreach (var (member, text) in members)
        {
            json.WriteString(member, text);
        }

        json.WriteEndObject();
    }

    /// <summary>Ends a line: takes the closing brace of the covered part back, adds hash, brace and line feed.</summary>
    internal static AuditHash Seal(ArrayBufferWriter<byte> line, AuditHash previous, ulong number, IBufferWriter<byte> output)
    {
        var covered = line.WrittenSpan[..^1];
        var hash = AuditChain.Next(previous, number, covered);
        output.Write(covered);
        output.Write(HashTail);
        Encoding.ASCII.GetBytes(hash.ToString(), output);
        output.Write("\"}\n"u8);
        return hash;
    }

    /// <summary>Takes a line (without its line feed) apart into what the hash covers and the hash.</summary>
    internal static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> covered, out AuditHash hash)
    {
        covered = default;
        hash = default;
        if (line.Length <= HashTailLength || !line[^HashTailLength..].StartsWith(HashTail) || !line.EndsWith("\"}"u8))
        {
            return false;
        }

        Span<char> hex = stackalloc char[AuditHash.Size * 2];
        Encoding.ASCII.GetChars(line[^(hex.Length + 2)..^2], hex);
        covered = line[..^HashTailLength];
        return AuditHash.TryParse(hex, out hash);
    }

    private static void Begin(Utf8JsonWriter json, ulong number, UnixTime at, string name)
    {
        json.WriteStartObject();
        json.WriteNumber("seq", number);
        json.WriteNumber("at_unix_ms", at.Milliseconds);
        json.WriteString("event", Cut(name));
    }

    private static void WriteUnlessEmpty(Utf8JsonWriter json, string name, string text)
    {
        if (text.Length > 0)
        {
            json.WriteString(name, Cut(text));
        }
    }

    private static ReadOnlySpan<char> Cut(string text) => text.Length <= MaxText ? text
        : text.AsSpan(0, char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText);
}
