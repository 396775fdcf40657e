using System.Text.Json;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>
/// Writes a capability request straight from its record. Nothing else is written at any rate worth speaking of, and by far most of what is on file are
/// these; <see cref="CapabilityRequestFile"/> reads what this writes.
/// </summary>
internal static class CapabilityRequestJson
{
    private static readonly JsonEncodedText RequestId = JsonEncodedText.Encode("request_id");
    private static readonly JsonEncodedText DeviceId = JsonEncodedText.Encode("device_id");
    private static readonly JsonEncodedText Capability = JsonEncodedText.Encode("capability");
    private static readonly JsonEncodedText State = JsonEncodedText.Encode("state");
    private static readonly JsonEncodedText CreatedAt = JsonEncodedText.Encode("created_at_unix_ms");
    private static readonly JsonEncodedText UpdatedAt = JsonEncodedText.Encode("updated_at_unix_ms");
    private static readonly JsonEncodedText DispatchedAt = JsonEncodedText.Encode("dispatched_at_unix_ms");
    private static readonly JsonEncodedText CompletedAt = JsonEncodedText.Encode("completed_at_unix_ms");
    private static readonly JsonEncodedText MaxPayloadBytes = JsonEncodedText.Encode("max_payload_bytes");
    private static readonly JsonEncodedText InputSummary = JsonEncodedText.Encode("input_summary");
    private static readonly JsonEncodedText OutputSummary = JsonEncodedText.Encode("output_summary");
    private static readonly JsonEncodedText Error = JsonEncodedText.Encode("error");

    internal static void Write(Utf8JsonWriter json, CapabilityRequestRecord request)
    {
        json.WriteStartObject();
        json.WriteString(RequestId, request.Id.ToString());
        json.WriteString(DeviceId, request.DeviceId.ToString());
        json.WriteString(Capability, request.Capability);
        json.WriteString(State, StateNames.NameOf(request.State));
        json.WriteNumber(CreatedAt, request.CreatedAt.Milliseconds);
        json.WriteNumber(UpdatedAt, request.UpdatedAt.Milliseconds);
        WriteTime(json, DispatchedAt, request.DispatchedAt);
        WriteTime(json, CompletedAt, request.CompletedAt);
        json.WriteNumber(MaxPayloadBytes, request.MaxPayloadBytes);
        json.WriteString(InputSummary, request.InputSummary);
        json.WriteString(OutputSummary, request.OutputSummary);
        json.WriteString(Error, request.Error);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, JsonEncodedText name, UnixTime? time)
    {
        if (time is { } known)
        {
            json.WriteNumber(name, known.Milliseconds);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
