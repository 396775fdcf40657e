using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Palyra.Host.Demo;

/// <summary>
/// A local upstream on loopback that answers with the request it got, headers and all, so that anyone can see what arrived and
/// whether a secret comes back. <c>/hold</c> sends a head and then holds the answer until the caller goes away.
/// </summary>
internal sealed class EchoOrigin : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<IReadOnlyDictionary<string, string>> _seen = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EchoOrigin(WebApplication application) => _application = application;

    /// <summary>The port it listens on.</summary>
    internal int Port { get; private set; }

    /// <summary>The headers of every request that arrived, in order.</summary>
    internal IReadOnlyCollection<IReadOnlyDictionary<string, string>> Seen => _seen;

    /// <summary>Completes when a request for <c>/hold</c> has arrived.</summary>
    internal Task Held => _held.Task;

    internal static async Task<EchoOrigin> StartAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var origin = new EchoOrigin(builder.Build());
        origin._application.Run(origin.AnswerAsync);
        await origin._application.StartAsync(cancellation);
        var address = origin._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        origin.Port = new Uri(address).Port;
        return origin;
    }

    public async ValueTask DisposeAsync()
    {
        using var atOnce = new CancellationTokenSource();
        await atOnce.CancelAsync();
        await _application.StopAsync(atOnce.Token);
        await _application.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var headers = context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        _seen.Enqueue(headers);
        if (context.Request.Path == "/hold")
        {
            await context.Response.StartAsync(context.RequestAborted);
            _held.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        var lines = headers.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase).Select(header => $"{header.Key}: {header.Value}");
        await context.Response.WriteAsync(
            $"{context.Request.Method} {context.Request.Path}\n{string.Join('\n', lines)}\n", context.RequestAborted);
    }
}
