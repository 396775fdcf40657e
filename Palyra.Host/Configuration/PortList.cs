using System.Globalization;
using System.Text.Json;

namespace Palyra.Host.Configuration;

/// <summary>Ports as settings give them: a list of numbers, or what an environment variable can hold, texts and commas.</summary>
internal static class PortList
{
    internal const string Expected = "a list of ports from 1 to 65535";

    /// <summary>The ports; absent when one of them is none.</summary>
    internal static IReadOnlyList<int>? Read(JsonElement value)
    {
        IEnumerable<int?>? ports = value.ValueKind switch
        {
            JsonValueKind.Array => value.EnumerateArray().Select(item => item.ValueKind switch
            {
                JsonValueKind.Number => item.TryGetInt32(out var port) ? port : null,
                JsonValueKind.String => Parse(item.GetString()!),
                _ => null,
            }),
            JsonValueKind.String => value.GetString()!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse),
            _ => null,
        };
        return ports?.ToArray() is { } read && Array.TrueForAll(read, port => port is >= 1 and <= ushort.MaxValue) ? [.. read.Select(port => port!.Value)] : null;
    }

    private static int? Parse(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;
}
