using System.Text.Encodings.Web;
using System.Text.Json;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary><c>node-runtime.v1.json</c> as bytes.</summary>
internal static class SnapshotCodec
{
    private const string WhatToDo = "Nothing was changed. Restore the file from a backup, or repair it by hand, and start again.";

    private const int FlushAfterBytes = 64 * 1024;

    private static readonly JsonWriterOptions Indented = new()
    {
        Indented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a snapshot.</summary>
    /// <param name="utf8">The file's bytes.</param>
    /// <param name="path">The file's name for messages.</param>
    /// <param name="state">Where it goes.</param>
    /// <returns>The private keys an older file held.</returns>
    /// <exception cref="NodeRuntimeStoreException">The file is not valid; the message names it, the offset or the member, and what to do.</exception>
    internal static IReadOnlyList<LegacyPrivateKey> Read(ReadOnlySpan<byte> utf8, string path, NodeRuntimeState state)
    {
        SnapshotFile file;
        try
        {
            file = JsonSerializer.Deserialize(WithoutMark(utf8), NodeRuntimeJson.Snapshot) ?? throw new FormatException("it is null");
        }
        catch (JsonException invalid)
        {
            // The message of the parser may quote the content, which holds codes: only the place is told.
            var offset = OffsetOf(utf8, invalid);
            throw new NodeRuntimeStoreException($"{path} is not valid at byte offset {offset}, member {Shorten(invalid.Path)}. {WhatToDo}");
        }
        catch (FormatException invalid)
        {
            throw new NodeRuntimeStoreException($"{path} is not valid at byte offset 0: {invalid.Message}. {WhatToDo}");
        }

        List<LegacyPrivateKey> keys = [];
        Map(file.ActivePairingCodes, "active_pairing_codes", path, (key, code) => Apply(
            state, new NodeRuntimeChange.PutCode(StateMapping.ToDomain(code)), key, code.Code));
        Map(file.PairingRequests, "pairing_requests", path, (key, request) =>
        {
            var record = StateMapping.ToDomain(request);
            Apply(state, new NodeRuntimeChange.PutPairingRequest(record), key, request.RequestId);
            if (request.Material?.MtlsClientPrivateKeyPem is { Length: > 0 } pem)
            {
                keys.Add(new LegacyPrivateKey(record.SessionId, pem));
            }
        });
        Map(file.Nodes, "nodes", path, (key, node) => Apply(state, new NodeRuntimeChange.PutNode(StateMapping.ToDomain(node)), key, node.DeviceId));
        Map(file.CapabilityRequests, "capability_requests", path, (key, request) => Apply(
            state, new NodeRuntimeChange.PutCapabilityRequest(StateMapping.ToDomain(request)), key, request.RequestId));
        return keys;
    }

    /// <summary>Writes a snapshot: two-space pretty printed, maps sorted by key, no private key. Holds one map's order, and only a part of the text, in memory.</summary>
    internal static void Write(Stream output, NodeRuntimeState state)
    {
        using var writer = new Utf8JsonWriter(output, Indented);
        writer.WriteStartObject();
        WriteMap(writer, "active_pairing_codes", state.Codes, StringComparer.Ordinal, static (writer, code) =>
            JsonSerializer.Serialize(writer, StateMapping.ToFile(code), NodeRuntimeJson.Default.PairingCodeFile));
        WriteMap(writer, "pairing_requests", state.PairingRequests, null, static (writer, request) =>
            JsonSerializer.Serialize(writer, StateMapping.ToFile(request), NodeRuntimeJson.Default.PairingRequestFile));
        WriteMap(writer, "nodes", state.Nodes, null, static (writer, node) =>
            JsonSerializer.Serialize(writer, StateMapping.ToFile(node), NodeRuntimeJson.Default.NodeFile));
        WriteMap(writer, "capability_requests", state.CapabilityRequests, null, CapabilityRequestJson.Write);
        writer.WriteEndObject();
    }

    // Ids sort as their text does.
    private static void WriteMap<TKey, TValue>(
        Utf8JsonWriter writer, string name, IReadOnlyDictionary<TKey, TValue> map, IComparer<TKey>? order, Action<Utf8JsonWriter, TValue> write)
        where TKey : notnull
    {
        writer.WriteStartObject(name);
        foreach (var (key, value) in map.OrderBy(entry => entry.Key, order))
        {
            writer.WritePropertyName(key.ToString()!);
            write(writer, value);
            if (writer.BytesPending > FlushAfterBytes)
            {
                writer.Flush();
            }
        }

        writer.WriteEndObject();
    }

    private static void Apply(NodeRuntimeState state, NodeRuntimeChange change, string key, string id)
    {
        if (!string.Equals(key, id, StringComparison.Ordinal))
        {
            throw new FormatException("its key is not its id");
        }

        state.Apply(change);
    }

    private static void Map<T>(Dictionary<string, T> map, string name, string path, Action<string, T> take) where T : class
    {
        foreach (var (key, value) in map)
        {
            try
            {
                take(key, value ?? throw new FormatException("it is null"));
            }
            catch (FormatException invalid)
            {
                // A pairing code is its own key and is not to be shown.
                var member = name == "active_pairing_codes" ? $"$.{name}.*" : Shorten($"$.{name}.{key}");
                throw new NodeRuntimeStoreException($"{path} is not valid at member {member}: {invalid.Message}. {WhatToDo}");
            }
        }
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> utf8) => utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;

    private static string Shorten(string? path) => path is null ? "$" : path.Length <= 120 ? path : path[..120];

    private static long OffsetOf(ReadOnlySpan<byte> utf8, JsonException invalid)
    {
        var offset = utf8.Length - WithoutMark(utf8).Length;
        for (var line = invalid.LineNumber ?? 0; line > 0; line--)
        {
            var next = utf8[offset..].IndexOf((byte)'\n');
            if (next < 0)
            {
                break;
            }

            offset += next + 1;
        }

        return offset + (invalid.BytePositionInLine ?? 0);
    }
}
