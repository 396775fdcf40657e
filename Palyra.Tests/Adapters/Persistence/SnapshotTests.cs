using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Persistence;

public class SnapshotTests
{
    private static readonly Dictionary<string, string[]> Format = new()
    {
        ["active_pairing_codes"] = ["code", "method", "issued_by", "created_at_unix_ms", "expires_at_unix_ms"],
        ["pairing_requests"] =
        [
            "request_id", "session_id", "device_id", "client_kind", "method", "code_issued_by", "requested_at_unix_ms", "expires_at_unix_ms", "approval_id", "state",
            "decision_reason", "decision_scope_ttl_ms", "verified_pairing", "material",
        ],
        ["nodes"] = ["device_id", "platform", "capabilities", "registered_at_unix_ms", "last_seen_at_unix_ms", "last_event_name", "last_event_at_unix_ms"],
        ["capability_requests"] =
        [
            "request_id", "device_id", "capability", "state", "created_at_unix_ms", "updated_at_unix_ms", "dispatched_at_unix_ms", "completed_at_unix_ms",
            "max_payload_bytes", "input_summary", "output_summary", "error",
        ],
    };

    [Fact]
    public async Task File_ReadAndWrittenBack_IsTheSameJsonValue()
    {
        var written = await RewriteAsync(StateSamples.Every);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(StateSamples.Every), JsonNode.Parse(written)), written);
    }

    [Fact]
    public async Task File_OfTheReference_ReadAndWrittenBack_IsTheSameJsonValue()
    {
        var sample = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Adapters", "Persistence", "Samples", "node-runtime.v1.json"));

        var written = await RewriteAsync(sample);

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(sample), JsonNode.Parse(written)), written);
    }

    [Fact]
    public async Task File_Written_IsPrettyPrintedWithTwoSpacesAndNulls()
    {
        var written = await RewriteAsync(StateSamples.Every);

        Assert.StartsWith("{\n  \"active_pairing_codes\": {\n    \"730215\": {\n      \"code\": \"730215\",\n", written, StringComparison.Ordinal);
        Assert.Contains("\"decision_scope_ttl_ms\": null", written, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', written);
    }

    [Fact]
    public async Task File_Written_HasEveryMemberOfTheFormatForAReaderThatKnowsNoOther()
    {
        using var document = JsonDocument.Parse(await RewriteAsync(StateSamples.Every));
        foreach (var (map, members) in Format)
        {
            foreach (var record in document.RootElement.GetProperty(map).EnumerateObject())
            {
                Assert.All(members, member => Assert.True(record.Value.TryGetProperty(member, out _), $"{map}.{record.Name}.{member}"));
            }
        }
    }

    [Fact]
    public async Task File_UnknownMembersEverywhere_AreIgnored()
    {
        var root = JsonNode.Parse(StateSamples.Every)!.AsObject();
        foreach (var map in root.ToArray())
        {
            foreach (var record in map.Value!.AsObject())
            {
                record.Value!["from_the_future"] = new JsonObject { ["a"] = new JsonArray(1, "x") };
            }
        }

        root["another_map"] = new JsonObject();

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(StateSamples.Every), JsonNode.Parse(await RewriteAsync(root.ToJsonString()))));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"nodes\":{}}")]
    [InlineData("\uFEFF{\"capability_requests\":{}}")]
    public async Task File_MissingMaps_ReadAsEmpty(string json)
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, json);

        Assert.Empty((await folder.LoadAsync()).AsChanges());
    }

    [Theory]
    [InlineData("", "offset 0")]
    [InlineData("null", "offset 0")]
    [InlineData("[]", "offset")]
    [InlineData("{", "offset 1")]
    [InlineData("{\n\n  \"nodes\": 7}", "offset 15")]
    [InlineData("{\"nodes\":{}}{}", "offset 12")]
    [InlineData("{\"nodes\":null}", "nodes")]
    [InlineData("{\"nodes\":{\"x\":null}}", "$.nodes.x")]
    [InlineData("{\"nodes\":{},\"nodes\":{}}", "nodes")]
    [InlineData("{\"nodes\":{\"01JZ00000000000000000000D1\":{}}}", "$.nodes")]
    public async Task File_Malformed_IsRefusedByPlaceAndNeverOverwritten(string json, string place)
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, json);

        var refused = await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);

        Assert.Contains(folder.Snapshot, refused.Message, StringComparison.Ordinal);
        Assert.Contains(place, refused.Message, StringComparison.Ordinal);
        Assert.Equal(json, await File.ReadAllTextAsync(folder.Snapshot));
        Assert.DoesNotContain(Directory.GetFiles(folder.Path), file => file.EndsWith(".journal", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"state\": \"queued\"", "\"state\": \"sleeping\"", "state")]
    [InlineData("\"client_kind\": \"Cli\"", "\"client_kind\": \"cli\"", "client_kind")]
    [InlineData("\"method\": \"qr\"", "\"method\": \"nfc\"", "method")]
    [InlineData("\"session_id\": \"01JZ0000000000000000000001\"", "\"session_id\": \"01JZ0000000000000000000002\"", "session_id")]
    [InlineData("\"device_id\": \"01JZ00000000000000000000D1\", \"platform\"", "\"device_id\": \"01jz00000000000000000000d1\", \"platform\"", "device_id")]
    [InlineData("\"device_id\": \"01JZ00000000000000000000D1\", \"platform\"", "\"device_id\": \"01JZ00000000000000000000D9\", \"platform\"", "key is not its id")]
    [InlineData("\"approval_id\": \"01JZ00000000000000000000A1\"", "\"approval_id\": \"\"", "approval_id")]
    [InlineData("\"created_at_unix_ms\": -1", "\"created_at_unix_ms\": 9223372036854775808", "created_at_unix_ms")]
    [InlineData("\"max_payload_bytes\": 1048576", "\"max_payload_bytes\": -1", "max_payload_bytes")]
    [InlineData("{ \"name\": \"fs.read\", \"available\": true }", "null", "capability")]
    public async Task File_MemberThatMakesNoSense_IsNamed(string sound, string broken, string named)
    {
        using var folder = new StateFolder();
        Assert.Contains(sound, StateSamples.Every, StringComparison.Ordinal);
        var json = StateSamples.Every.Replace(sound, broken, StringComparison.Ordinal);
        await File.WriteAllTextAsync(folder.Snapshot, json);

        var refused = await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);

        Assert.Contains(named, refused.Message, StringComparison.Ordinal);
        Assert.Equal(json, await File.ReadAllTextAsync(folder.Snapshot));
    }

    [Fact]
    public async Task File_BrokenCode_IsNotQuoted()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, StateSamples.Every.Replace("\"code\": \"730215\"", "\"code\": \"730216\"", StringComparison.Ordinal));

        var refused = await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);

        Assert.DoesNotContain("73021", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LegacyPrivateKey_WithASecretStore_IsMovedAndNeverEmitted()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, WithPrivateKey());
        var secrets = new MemorySecretStore();
        var store = folder.Open(secrets: secrets);

        store.Load();

        Assert.DoesNotContain("PRIVATE", await File.ReadAllTextAsync(folder.Snapshot), StringComparison.Ordinal);
        await store.DisposeAsync();
        Assert.True(secrets.TryRead(Assert.Single(secrets.Keys), out var moved));
        Assert.Equal("PRIVATE KEY", Encoding.UTF8.GetString(moved));
        Assert.Contains("01JZ0000000000000000000002", secrets.Keys.Single(), StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(StateSamples.Every), JsonNode.Parse(await File.ReadAllTextAsync(folder.Snapshot))));
    }

    [Fact]
    public async Task LegacyPrivateKey_WithoutASecretStore_StopsTheLoadAndLeavesTheFile()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, WithPrivateKey());

        var refused = await Assert.ThrowsAsync<NodeRuntimeStoreException>(folder.LoadAsync);

        Assert.DoesNotContain("PRIVATE KEY", refused.Message, StringComparison.Ordinal);
        Assert.Equal(WithPrivateKey(), await File.ReadAllTextAsync(folder.Snapshot));
    }

    [Fact]
    public async Task Inspection_CanonicalJson_NeverHoldsAPrivateKey()
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, WithPrivateKey());

        var found = NodeRuntimeInspection.Inspect(folder.Path);

        Assert.Equal(1, found.LegacyPrivateKeys);
        Assert.DoesNotContain("PRIVATE", Encoding.UTF8.GetString(found.ToCanonicalJson().Span), StringComparison.Ordinal);
    }

    private static string WithPrivateKey() => StateSamples.Every.Replace(
        "\"gateway_ca_certificate_pem\":", "\"mtls_client_private_key_pem\": \"PRIVATE KEY\", \"gateway_ca_certificate_pem\":", StringComparison.Ordinal);

    private static async Task<string> RewriteAsync(string json)
    {
        using var folder = new StateFolder();
        await File.WriteAllTextAsync(folder.Snapshot, json);
        var store = folder.Open(writeThrough: true);
        var state = store.Load();
        await store.Append([new NodeRuntimeChange.PutNode(state.Nodes.Values.First())]);
        await store.DisposeAsync();
        return await File.ReadAllTextAsync(folder.Snapshot);
    }
}
