using System.IO.Pipes;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Admin;

/// <summary>Talks to a gateway's admin API. A gateway that is not there ends the command with exit code 3 and one line that says what to start.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _address;

    internal AdminClient(string address)
    {
        _address = address;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectCallback = (_, cancellation) => ConnectAsync(address, cancellation) })
        {
            BaseAddress = new Uri("http://palyra-admin"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    internal Task<JsonElement> GetAsync(string path, CancellationToken cancellation) => SendAsync(HttpMethod.Get, path, null, cancellation);

    internal Task<JsonElement> PostAsync(string path, Action<Utf8JsonWriter> members, CancellationToken cancellation) =>
        SendAsync(HttpMethod.Post, path, JsonLine.Format(members), cancellation);

    /// <summary>The lines of an answer that does not end, each one JSON value, as they come; after a word that the gateway has begun to answer.</summary>
    internal async IAsyncEnumerable<JsonElement> FollowAsync(string path, Action begun, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendOrFailAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        begun();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellation), Encoding.UTF8);
        while (true)
        {
            using var document = JsonDocument.Parse(await ReadLineAsync(reader, cancellation)
                ?? throw CommandFailureException.Unreachable($"the gateway on {_address} has ended."));
            yield return document.RootElement.Clone();
        }
    }

    private static async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken cancellation)
    {
        try
        {
            return await reader.ReadLineAsync(cancellation);
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, string? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await SendOrFailAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
        var answer = Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
        return response.IsSuccessStatusCode && answer is { } told
            ? told
            : throw CommandFailureException.Refused(
                Member(answer, "code", $"http_{(int)response.StatusCode}"),
                Member(answer, "message", response.IsSuccessStatusCode ? "The gateway's answer is not JSON." : "The gateway refused and did not say why; its log may."));
    }

    private static JsonElement? Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<HttpResponseMessage> SendOrFailAsync(HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellation)
    {
        try
        {
            return await _http.SendAsync(request, completion, cancellation);
        }
        catch (HttpRequestException denied) when (denied.InnerException is SocketException { SocketErrorCode: SocketError.AccessDenied })
        {
            throw CommandFailureException.Refused(HostReason.AdminNotPermitted, $"this user may not use {_address}; run the command as the user who started the gateway.");
        }
        catch (HttpRequestException)
        {
            throw CommandFailureException.Unreachable(
                $"no gateway answers on {_address}; start one with `palyra gateway`, or name its state root with --state-root.");
        }
    }

    private static string Member(JsonElement? answer, string name, string otherwise) =>
        answer is { ValueKind: JsonValueKind.Object } told && told.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String
            ? member.GetString()!
            : otherwise;

    private static async ValueTask<Stream> ConnectAsync(string address, CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows())
        {
            var pipe = new NamedPipeClientStream(".", address[@"\\.\pipe\".Length..], PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
            await pipe.ConnectAsync(TimeSpan.FromSeconds(2), cancellation);
            return pipe;
        }

        if (Encoding.UTF8.GetByteCount(address) > AdminAddress.MaxSocketPathBytes)
        {
            throw new SocketException((int)SocketError.AddressNotAvailable);
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address), cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
