using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Palyra.Tests.Adapters.Egress.Vault;

/// <summary>A server that speaks the part of HashiCorp Vault's HTTP API that KV v2, AppRole and token renewal need.</summary>
internal sealed class VaultServer : IAsyncDisposable
{
    internal const string RoleId = "role-1";
    internal const string SecretId = "secret-id-1";

    private readonly WebApplication _app;
    private int _tokens;

    private VaultServer(WebApplication app) => _app = app;

    internal Uri Address => new(_app.Urls.Single());

    internal ConcurrentDictionary<string, string> Entries { get; } = new();

    internal ConcurrentDictionary<string, int> Tokens { get; } = new();

    internal ConcurrentQueue<string> Calls { get; } = new();

    internal int LeaseSeconds { get; set; } = 60;

    /// <summary>Answers every call instead of the API, when set.</summary>
    internal Func<HttpContext, Task>? Misbehaviour { get; set; }

    internal static async Task<VaultServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        var server = new VaultServer(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync();
        return server;
    }

    internal string NewToken()
    {
        var token = $"hvs.token{Interlocked.Increment(ref _tokens)}";
        Tokens[token] = LeaseSeconds;
        return token;
    }

    internal int CallsTo(string path) => Calls.Count(call => call.EndsWith(path, StringComparison.Ordinal));

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Calls.Enqueue($"{context.Request.Method} {path}");
        if (Misbehaviour is { } misbehave)
        {
            await misbehave(context);
            return;
        }

        var token = context.Request.Headers["X-Vault-Token"].ToString();
        var (status, body) = (context.Request.Method, path) switch
        {
            ("POST", "/v1/auth/approle/login") => await LogInAsync(context.Request),
            _ when !Tokens.ContainsKey(token) => (403, Errors("permission denied")),
            ("GET", "/v1/auth/token/lookup-self") => (200, new JsonObject { ["data"] = new JsonObject { ["ttl"] = Tokens[token], ["renewable"] = true } }),
            ("POST", "/v1/auth/token/renew-self") => (200, Auth(token)),
            ("GET", _) when path.StartsWith("/v1/secret/data/", StringComparison.Ordinal) => Read(path["/v1/secret/data/".Length..]),
            _ => (404, Errors()),
        };
        context.Response.StatusCode = status;
        await context.Response.WriteAsJsonAsync<JsonNode>(body);
    }

    private async Task<(int Status, JsonObject Body)> LogInAsync(HttpRequest request)
    {
        var login = await JsonSerializer.DeserializeAsync<JsonObject>(request.Body);
        return (string?)login?["role_id"] == RoleId && (string?)login["secret_id"] == SecretId
            ? (200, Auth(NewToken()))
            : (400, Errors("invalid role or secret ID"));
    }

    private JsonObject Auth(string token) => new()
    {
        ["request_id"] = "r",
        ["data"] = null,
        ["auth"] = new JsonObject
        {
            ["client_token"] = token,
            ["policies"] = new JsonArray("default", "egress"),
            ["lease_duration"] = LeaseSeconds,
            ["renewable"] = true,
        },
    };

    private (int Status, JsonObject Body) Read(string path) => !Entries.TryGetValue(path, out var fields)
        ? (404, Errors())
        : (200, new JsonObject
        {
            ["request_id"] = "r",
            ["data"] = new JsonObject
            {
                ["data"] = JsonNode.Parse(fields),
                ["metadata"] = new JsonObject { ["version"] = 1, ["destroyed"] = false },
            },
        });

    private static JsonObject Errors(params string[] errors) => new() { ["errors"] = new JsonArray([.. errors.Select(error => (JsonNode)error)]) };
}
