using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Palyra.Adapters.Grpc.Nodes;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>The messages a node sends.</summary>
internal static class NodeMessages
{
    internal const uint Version = 1;

    // What is around an output, as a rule: a longer error makes the buffer grow.
    private const int EnvelopeBytes = 256;

    internal static CanonicalId Id(DeviceId device) => new() { Ulid = device.ToString() };

    internal static CanonicalId Id(LeaseId lease) => new() { Ulid = lease.ToString() };

    internal static ReplayProtection Replay(UnixTime now) => new()
    {
        Nonce = RandomNumberGenerator.GetHexString(32, lowercase: true),
        TimestampUnixMs = now.Milliseconds,
    };

    internal static NodeEventRequest Event(DeviceId device, string name, ByteString? payload = null) => new()
    {
        V = Version,
        DeviceId = Id(device),
        EventName = name,
        PayloadJson = payload ?? ByteString.Empty,
    };

    internal static NodeEventRequest Report(DeviceId device, string name, string requestId) => Event(device, name, Json(0, writer => writer.WriteString("request_id", requestId)));

    /// <summary>A result. The output, JSON by <see cref="IsJson"/>, is written byte for byte as the handler gave it, so that both sides hash the same.</summary>
    internal static NodeEventRequest Result(DeviceId device, string requestId, CapabilityOutput output) => Event(device, EventNames.Result, Json(output.Json.Length, writer =>
    {
        writer.WriteString("request_id", requestId);
        writer.WriteBoolean("success", output.Success);
        if (!output.Json.IsEmpty)
        {
            writer.WritePropertyName("output_json");
            writer.WriteRawValue(output.Json.Span, skipInputValidation: true);
        }

        if (output.Error is not null)
        {
            writer.WriteString("error", Cut(output.Error));
        }
    }));

    /// <summary>Whether the bytes are one JSON value that the gateway will read too.</summary>
    internal static bool IsJson(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { MaxDepth = 60 });
        try
        {
            while (reader.Read())
            {
            }

            return reader.BytesConsumed == bytes.Length;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // A message that is too long would end every stream it is sent on.
    private static ReadOnlySpan<char> Cut(string error)
    {
        var length = Math.Min(error.Length, EventMessage.MaxErrorLength);
        return error.AsSpan(0, length < error.Length && char.IsHighSurrogate(error[length - 1]) ? length - 1 : length);
    }

    private static ByteString Json(int payload, Action<Utf8JsonWriter> write)
    {
        var bytes = new ArrayBufferWriter<byte>(payload + EnvelopeBytes);
        using (var writer = new Utf8JsonWriter(bytes))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return UnsafeByteOperations.UnsafeWrap(bytes.WrittenMemory);
    }
}
