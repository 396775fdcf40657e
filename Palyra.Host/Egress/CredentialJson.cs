using System.Text.Json;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Host.Egress;

/// <summary>
/// Reads <c>credential_bindings</c>: objects {header_name, secret_ref {kind, reference}, required?, allowed_origins?}. Required unless said otherwise.
/// </summary>
/// <remarks>
/// A secret reference names its path in <c>reference</c> (also <c>vault_ref</c>, <c>ref</c> or <c>path</c>), or as <c>scope</c> and <c>key</c>. An
/// origin is a text <c>[scheme://]host[:port]</c> or an object {scheme?, host, port?}. A binding without a header, reference or origin fails that check.
/// </remarks>
internal static class CredentialJson
{
    private static readonly string[] PathNames = ["reference", "vault_ref", "ref", "path"];

    internal static IReadOnlyList<CredentialBinding> Read(JsonElement owner)
    {
        if (CheckLineReader.Member(owner, "credential_bindings") is not { } value)
        {
            return [];
        }

        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > 1000)
        {
            throw new CheckLineReader.WrongTypeException("credential_bindings is not a list of at most 1000 bindings.");
        }

        return [.. value.EnumerateArray().Select(Binding)];
    }

    private static CredentialBinding Binding(JsonElement binding) => binding.ValueKind != JsonValueKind.Object
        ? throw new CheckLineReader.WrongTypeException("credential_bindings holds something that is no object.")
        : new CredentialBinding(
            Text(binding, "header_name") ?? "",
            CheckLineReader.Member(binding, "secret_ref") is { ValueKind: JsonValueKind.Object } secret ? Reference(secret) : new SecretReference(SecretKind.None, ""),
            CheckLineReader.Flag(binding, "required", otherwise: true),
            Origins(binding));

    private static SecretReference Reference(JsonElement secret) => new(Kind(Text(secret, "kind")), Path(secret));

    private static SecretKind Kind(string? name) => name switch
    {
        "vault" => SecretKind.Vault,
        "env" => SecretKind.Env,
        "file" => SecretKind.File,
        "exec" => SecretKind.Exec,
        _ => SecretKind.None,
    };

    private static string Path(JsonElement secret)
    {
        if (Text(secret, "scope") is { } scope)
        {
            return scope.Contains('/', StringComparison.Ordinal) ? "" : $"{scope}/{Text(secret, "key")}";
        }

        foreach (var name in PathNames)
        {
            if (Text(secret, name) is { } path)
            {
                return path;
            }
        }

        // Whoever spells the member differently and gives exactly one text besides the kind has said what is meant.
        var others = secret.EnumerateObject().Where(member => member.Name != "kind" && member.Value.ValueKind == JsonValueKind.String).ToArray();
        return others.Length == 1 ? others[0].Value.GetString()! : "";
    }

    private static IEnumerable<string> Origins(JsonElement binding)
    {
        if (CheckLineReader.Member(binding, "allowed_origins") is not { } value)
        {
            return [];
        }

        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(Origin)]
            : throw new CheckLineReader.WrongTypeException("allowed_origins is not a list.");
    }

    private static string Origin(JsonElement origin) => origin.ValueKind switch
    {
        JsonValueKind.String => origin.GetString()!,
        JsonValueKind.Object => $"{Text(origin, "scheme") ?? "https"}://{Host(Text(origin, "host") ?? "")}{Port(origin)}",
        _ => throw new CheckLineReader.WrongTypeException("allowed_origins holds something that is no origin."),
    };

    private static string Host(string host) => host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;

    private static string Port(JsonElement origin) => CheckLineReader.Member(origin, "port") is { } port ? ":" + port.GetRawText() : "";

    private static string? Text(JsonElement owner, string name) =>
        CheckLineReader.Member(owner, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
