using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Palyra.Adapters.Egress.Client;
using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary>
/// <c>http.fetch</c> <c>{"url": text, "method"?: text, "headers"?: {name: text}, "body"?: text}</c>: fetches through the egress proxy of the lease it runs
/// under, and no other way. What the proxy refuses is a failure that begins with its reason code.
/// </summary>
internal sealed class HttpFetchCapability(Func<X509Certificate2?> clientCertificate) : INodeCapability
{
    private const int MaxHeaders = 64;
    private const int MaxBodyBytes = 8 * 1024 * 1024;

    public string Name => "http.fetch";

    public async ValueTask<CapabilityOutput> ExecuteAsync(CapabilityInvocation invocation, CancellationToken cancellationToken)
    {
        if (!CapabilityJson.TryReadObject(invocation.InputJson, out var document))
        {
            return CapabilityOutput.Failed("invalid_input: http.fetch takes one JSON object");
        }

        using (document)
        {
            if (Request(document.RootElement) is not { } request)
            {
                return CapabilityOutput.Failed($"invalid_input: http.fetch takes a url, and optionally method, body and at most {MaxHeaders} headers as texts");
            }

            return invocation.Lease?.Egress is { } egress
                ? await FetchAsync(egress, request, cancellationToken)
                : CapabilityOutput.Failed("egress_unavailable: http.fetch runs under a lease with egress only");
        }
    }

    private async Task<CapabilityOutput> FetchAsync(EgressAccess egress, EgressFetchRequest request, CancellationToken cancellationToken)
    {
        using var authority = egress.CertificateAuthorityPem is { } pem ? X509Certificate2.CreateFromPem(pem) : null;
        var fetch = new EgressFetch(new EgressFetchOptions
        {
            ProxyAuthority = egress.Authority,
            Token = egress.Token,
            ProxyAuthorityCertificate = authority,
            ClientCertificate = authority is null ? null : clientCertificate(),
            MaxBodyBytes = MaxBodyBytes,
        });
        try
        {
            var answer = await fetch.FetchAsync(request, cancellationToken);
            return answer.ReasonCode is { } reason ? CapabilityOutput.Failed($"{reason}: the egress proxy refused the request") : Output(answer);
        }
        catch (EgressFetchException failure)
        {
            return CapabilityOutput.Failed($"{failure.Code}: {failure.Message}");
        }
    }

    private static CapabilityOutput Output(EgressFetchAnswer answer) => CapabilityJson.Answer(json =>
    {
        json.WriteNumber("status", answer.Status);
        json.WriteStartObject("headers");
        foreach (var (name, value) in answer.Headers.DistinctBy(header => header.Key, StringComparer.OrdinalIgnoreCase))
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteString("body", Encoding.UTF8.GetString(answer.Body));
    });

    /// <summary>The request; absent when a member is of another kind or the headers are too many. What is sent is what was asked for, whole.</summary>
    private static EgressFetchRequest? Request(JsonElement input)
    {
        if (!IsTextOrAbsent(input, "method") || !IsTextOrAbsent(input, "body") || input.Text("url") is not { Length: > 0 } url)
        {
            return null;
        }

        var headers = input.TryGetProperty("headers", out var given) ? Headers(given) : [];
        return headers is null ? null : new EgressFetchRequest
        {
            Url = url,
            Method = input.Text("method") ?? "GET",
            Headers = headers,
            Body = input.Text("body") is { } body ? Encoding.UTF8.GetBytes(body) : default,
        };
    }

    private static List<KeyValuePair<string, string>>? Headers(JsonElement given) =>
        given.ValueKind == JsonValueKind.Object && given.GetPropertyCount() <= MaxHeaders && given.EnumerateObject().All(header => header.Value.ValueKind == JsonValueKind.String)
            ? [.. given.EnumerateObject().Select(header => new KeyValuePair<string, string>(header.Name, header.Value.GetString()!))]
            : null;

    private static bool IsTextOrAbsent(JsonElement input, string name) =>
        !input.TryGetProperty(name, out var value) || value.ValueKind is JsonValueKind.String or JsonValueKind.Null;
}
