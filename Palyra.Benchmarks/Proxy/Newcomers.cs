using System.Diagnostics;
using System.Net.Sockets;

namespace Palyra.Benchmarks.Proxy;

/// <summary>Honest callers that have no connection yet, one after another: how long each has to wait for its first answer.</summary>
internal static class Newcomers
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Goes on until it is told to stop.</summary>
    /// <returns>The milliseconds from the connect to the first bytes of the answer, of each.</returns>
    internal static async Task<IReadOnlyList<double>> RunAsync(ProxyTarget proxy, CancellationToken stop)
    {
        var request = proxy.Get("/", 0);
        var answer = new byte[4096];
        var waits = new List<double>();
        while (!stop.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            using (var socket = await proxy.ConnectAsync())
            {
                await socket.SendAsync(request);
                var count = await socket.ReceiveAsync(answer);
                if (count < 12 || !answer.AsSpan(8, 4).SequenceEqual(" 200"u8))
                {
                    throw new IOException("An honest newcomer was not answered.");
                }

                waits.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                socket.LingerState = new LingerOption(true, 0);
            }

            await Task.Delay(Pause, CancellationToken.None);
        }

        return waits;
    }
}
