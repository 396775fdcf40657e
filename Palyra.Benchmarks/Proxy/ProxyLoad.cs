using System.Diagnostics;
using System.Net.Sockets;

namespace Palyra.Benchmarks.Proxy;

/// <summary>The load generator: as little of its own as possible, so that the two cores are the proxies'.</summary>
internal static class ProxyLoad
{
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(450);

    private const int WarmUpTunnels = 100;
    private const int MostWarmUps = 16;

    /// <summary>Requests a second over so many kept connections.</summary>
    internal static Task<double> RequestsAsync(ProxyTarget target, int connections) => RequestsAsync(target, connections, Window);

    /// <summary>Requests a second over so many kept connections for so long.</summary>
    internal static Task<double> RequestsAsync(ProxyTarget target, int connections, TimeSpan window) => RateAsync(
        connections, (number, running) => AskAsync(target, target.Get("/small", number), 1024, running), window);

    /// <summary>MB/s of a 10 MiB answer, one at a time.</summary>
    internal static async Task<double> LargeAsync(ProxyTarget target) => BenchOrigin.LargeBytes / 1e6
        * await RateAsync(1, (number, running) => AskAsync(target, target.Get("/large", number), BenchOrigin.LargeBytes, running));

    /// <summary>Tunnels set up a second, by eight at once, each closed again. By threads that block: the cheapest there is.</summary>
    internal static async Task<double> SetUpsAsync(ProxyTarget target)
    {
        var start = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Factory.StartNew(
            () =>
            {
                var request = target.Connect(number);
                var answer = new byte[1024];
                long count = 0;
                for (; Stopwatch.GetElapsedTime(start) < Window; count++)
                {
                    using var socket = target.Open(request, answer);
                }

                return count;
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// Sets tunnels up until their rate no longer rises, so that what is measured afterwards is a proxy at work and not one that is still being compiled.
    /// The same for every proxy.
    /// </summary>
    internal static async Task SettleAsync(ProxyTarget target)
    {
        var best = 0.0;
        for (int window = 0, withoutGain = 0; window < MostWarmUps && withoutGain < 3; window++)
        {
            var rate = await SetUpsAsync(target);
            withoutGain = rate > best * 1.03 ? 0 : withoutGain + 1;
            best = Math.Max(best, rate);
        }
    }

    /// <summary>MB/s from the origin over so many tunnels at once.</summary>
    internal static async Task<double> TunnelAsync(ProxyTarget target, int tunnels) => await RateAsync(tunnels, async (number, running) =>
    {
        using var socket = await target.OpenProvenAsync(number);
        await socket.SendAsync("D"u8.ToArray());
        var buffer = new byte[256 * 1024];
        long bytes = 0;
        while (running())
        {
            bytes += await socket.ReceiveAsync(buffer);
        }

        socket.LingerState = new LingerOption(true, 0);
        return bytes;
    }) / 1e6;

    /// <summary>MiB that the proxy's process grows by for so many idle tunnels.</summary>
    internal static async Task<double> IdleTunnelsAsync(ProxyTarget target, int tunnels)
    {
        var open = new List<Socket>();
        try
        {
            // The first tunnels bring code into memory, which is not what a tunnel costs. Most of them go again, one by one, so that no pool fills; and
            // they come in rounds, for a runtime that compiles its busy code anew counts calls only after a pause.
            for (var i = 0; i < 5 * WarmUpTunnels; i++)
            {
                var socket = await target.OpenProvenAsync(i);
                if (i % 5 == 0)
                {
                    open.Add(socket);
                }
                else
                {
                    socket.Dispose();
                }

                if (i % WarmUpTunnels == 0)
                {
                    await Task.Delay(300);
                }
            }

            await Task.Delay(1500);
            var before = target.ResidentBytes;
            for (var i = 0; i < tunnels; i++)
            {
                open.Add(await target.OpenProvenAsync(i));
            }

            await Task.Delay(500);
            return (target.ResidentBytes - before) / 1048576.0;
        }
        finally
        {
            open.ForEach(socket => socket.Dispose());
        }
    }

    private static async Task<double> RateAsync(int workers, Func<int, Func<bool>, Task<long>> work, TimeSpan? window = null)
    {
        var start = Stopwatch.GetTimestamp();
        var end = window ?? Window;
        var counts = await Task.WhenAll(Enumerable.Range(0, workers).Select(number => Task.Run(() => work(number, () => Stopwatch.GetElapsedTime(start) < end))));
        return counts.Sum() / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<long> AskAsync(ProxyTarget target, byte[] request, int bodyBytes, Func<bool> running)
    {
        var buffer = new byte[256 * 1024];
        long count = 0;
        var socket = await target.ConnectAsync();
        try
        {
            while (running())
            {
                await socket.SendAsync(request);
                if (await ReadAnswerAsync(socket, buffer, bodyBytes))
                {
                    count++;
                    continue;
                }

                // Not every proxy keeps connections.
                socket.Dispose();
                socket = await target.ConnectAsync();
            }
        }
        finally
        {
            socket.Dispose();
        }

        return count;
    }

    /// <summary>Reads an answer whole.</summary>
    /// <returns>Whether there was one: not when the connection had been closed before.</returns>
    private static async Task<bool> ReadAnswerAsync(Socket socket, byte[] buffer, int bodyBytes)
    {
        var count = 0;
        int headEnd;
        do
        {
            int read;
            try
            {
                read = await socket.ReceiveAsync(buffer.AsMemory(count));
            }
            catch (SocketException) when (count == 0)
            {
                return false;
            }

            if (read == 0)
            {
                return count == 0 ? false : throw new IOException("The answer ended early.");
            }

            count += read;
            headEnd = buffer.AsSpan(0, count).IndexOf("\r\n\r\n"u8);
        }
        while (headEnd < 0);

        if (!buffer.AsSpan(8, 4).SequenceEqual(" 200"u8))
        {
            throw new IOException(System.Text.Encoding.ASCII.GetString(buffer, 0, count));
        }

        for (var left = bodyBytes - (count - headEnd - 4); left > 0;)
        {
            var read = await socket.ReceiveAsync(buffer);
            left -= read > 0 ? read : throw new IOException("The answer ended early.");
        }

        return true;
    }
}
