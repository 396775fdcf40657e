using System.Text.Json;
using System.Text.Unicode;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Policies;

namespace Palyra.Host.Egress;

/// <summary>
/// Reads one line of <c>egress check --stdin</c>. Whatever is absent or null has the default that allows least: no hosts, no suffixes, ports 80 and
/// 443, public targets only, the usual methods, no credentials, and a budget of 8 MiB. Members it does not know are ignored: none of them could
/// grant anything. CONNECT is a method like any other, and none of the usual ones; a line that says <c>allow_tunnels</c> asks for a tunnel by it.
/// </summary>
/// <remarks>
/// A url or method that is missing or no text fails its own check, as does a budget that is no positive whole number of at most 64 bits; any other member of the
/// wrong type, a repeated member or broken JSON is <c>egress.denied.invalid_request</c>.
/// </remarks>
internal static class CheckLineReader
{
    private const int MaxItems = 200_000;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    internal static EgressDenial? Read(ReadOnlyMemory<byte> json, out CheckLine? line)
    {
        line = null;
        if (!Utf8.IsValid(json.Span))
        {
            return new EgressDenial.InvalidRequest("The line is not UTF-8.");
        }

        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            line = Read(document.RootElement);
            return null;
        }
        catch (JsonException)
        {
            return new EgressDenial.InvalidRequest("The line is not one JSON object without repeated members.");
        }
        catch (WrongTypeException wrong)
        {
            return new EgressDenial.InvalidRequest(wrong.Message);
        }
        catch (InvalidOperationException)
        {
            return new EgressDenial.InvalidRequest("A text of the line is not Unicode.");
        }
    }

    private static CheckLine Read(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new WrongTypeException("The line is not a JSON object.");
        }

        var policy = new EgressPolicyOptions
        {
            AllowedHosts = Texts(root, "allowed_hosts") ?? [],
            AllowedDnsSuffixes = Texts(root, "allowed_dns_suffixes") ?? [],
            AllowedPorts = Ports(root),
            AllowAnyHost = Flag(root, "allow_any_host"),
            AllowPrivateTargets = Flag(root, "allow_private_targets"),
            AllowTunnels = Flag(root, "allow_tunnels", otherwise: true),
            AllowedMethods = Texts(root, "allowed_methods"),
            MaxResponseBytes = Budget(root),
        };
        var (method, url) = (TextOrEmpty(root, "method"), TextOrEmpty(root, "url"));
        var request = method == "CONNECT" && Member(root, "allow_tunnels") is not null ? CheckLine.Tunnel(url) : new EgressRequest { Method = method, Url = url };
        request = request with { CredentialBindings = CredentialJson.Read(root) };
        var resolved = Texts(root, "resolved_addresses");
        return new CheckLine(policy, request, resolved is null ? default : GivenResolution.From(resolved));
    }

    internal static JsonElement? Member(JsonElement owner, string name) =>
        owner.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    internal static bool Flag(JsonElement owner, string name, bool otherwise = false) => Member(owner, name) is not { } value
        ? otherwise
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw new WrongTypeException($"{name} is neither true nor false.");

    internal static List<string>? Texts(JsonElement owner, string name)
    {
        if (Member(owner, name) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxItems)
        {
            throw new WrongTypeException($"{name} is not a list of at most {MaxItems} texts.");
        }

        var texts = new List<string>(value.GetArrayLength());
        foreach (var item in value.EnumerateArray())
        {
            texts.Add(item.ValueKind == JsonValueKind.String ? item.GetString()! : throw new WrongTypeException($"{name} holds something that is no text."));
        }

        return texts;
    }

    private static string TextOrEmpty(JsonElement owner, string name) =>
        Member(owner, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    private static long Budget(JsonElement owner) => Member(owner, "max_response_bytes") is not { } value
        ? EgressPolicyOptions.DefaultMaxResponseBytes
        : value.ValueKind != JsonValueKind.Number ? 0
        : value.TryGetInt64(out var budget) ? budget
        : value.TryGetUInt64(out _) ? long.MaxValue : 0;

    private static List<int>? Ports(JsonElement owner)
    {
        if (Member(owner, "allowed_ports") is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            throw new WrongTypeException("allowed_ports is not a list of numbers.");
        }

        var ports = new List<int>();
        foreach (var item in value.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt64(out var port))
            {
                throw new WrongTypeException("allowed_ports holds something that is no whole number.");
            }

            ports.Add(port is >= 1 and <= ushort.MaxValue ? (int)port : 0);
        }

        return ports;
    }

    internal sealed class WrongTypeException(string message) : Exception(message);
}
