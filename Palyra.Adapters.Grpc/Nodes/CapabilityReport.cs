using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Nodes;

/// <summary>What a node says about a request in the payload of a <c>capability.*</c> event: <c>request_id</c>, <c>success</c>, <c>output_json</c>, <c>error</c>.</summary>
/// <param name="RequestId">The request.</param>
/// <param name="Success">Whether it succeeded; missing means it did not.</param>
/// <param name="OutputJson">The output exactly as it was sent, a JSON value; empty when missing or null.</param>
/// <param name="Error">What went wrong, if anything was said.</param>
internal sealed record CapabilityReport(CapabilityRequestId RequestId, bool Success, ReadOnlyMemory<byte> OutputJson, string? Error)
{
    /// <summary>Reads a payload without copying the output. Refuses what is not one JSON object, says a member twice or gives one the wrong type.</summary>
    internal static bool TryParse(ReadOnlyMemory<byte> payload, [NotNullWhen(true)] out CapabilityReport? report)
    {
        report = null;
        try
        {
            report = Read(payload);
        }
        catch (JsonException)
        {
            // A refusal, told by the missing report.
        }
        catch (InvalidOperationException)
        {
            // A member of another type, or text that is no Unicode.
        }

        return report is not null;
    }

    private static CapabilityReport? Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new Utf8JsonReader(payload.Span, new JsonReaderOptions { MaxDepth = 64 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var report = new CapabilityReport(default, false, default, null);
        var seen = Member.None;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = NameOf(reader);
            if (member != Member.None && (seen & member) != 0)
            {
                return null;
            }

            seen |= member;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            switch (member)
            {
                case Member.RequestId when CapabilityRequestId.TryParse(reader.GetString(), out var id):
                    report = report with { RequestId = id };
                    break;
                case Member.RequestId:
                    return null;
                case Member.Success:
                    report = report with { Success = reader.GetBoolean() };
                    break;
                case Member.Error:
                    report = report with { Error = reader.GetString() };
                    break;
                case Member.Output:
                    var isNull = reader.TokenType == JsonTokenType.Null;
                    reader.Skip();
                    report = report with { OutputJson = isNull ? default : payload[start..(int)reader.BytesConsumed] };
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        var isWhole = reader.TokenType == JsonTokenType.EndObject && !reader.Read();
        return isWhole && !report.RequestId.IsEmpty ? report : null;
    }

    private static Member NameOf(in Utf8JsonReader reader) =>
        reader.ValueTextEquals("request_id"u8) ? Member.RequestId
        : reader.ValueTextEquals("success"u8) ? Member.Success
        : reader.ValueTextEquals("output_json"u8) ? Member.Output
        : reader.ValueTextEquals("error"u8) ? Member.Error
        : Member.None;

    [Flags]
    private enum Member
    {
        None = 0,
        RequestId = 1,
        Success = 2,
        Output = 4,
        Error = 8,
    }
}
