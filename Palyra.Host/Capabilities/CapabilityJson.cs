using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary>Strict reading of inputs and writing of outputs.</summary>
internal static class CapabilityJson
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    /// <summary>An empty input reads as an empty object; anything but one object is refused.</summary>
    internal static bool TryReadObject(ReadOnlyMemory<byte> input, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        try
        {
            document = JsonDocument.Parse(input.IsEmpty ? "{}"u8.ToArray() : input, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return true;
            }

            document.Dispose();
            document = null;
            return false;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    internal static string? Text(this JsonElement input, string name) =>
        input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    internal static long? Number(this JsonElement input, string name) =>
        input.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

    internal static CapabilityOutput Answer(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return CapabilityOutput.Succeeded(buffer.WrittenMemory);
    }
}
