using System.Diagnostics;
using System.Net.Sockets;

namespace Palyra.Benchmarks.Proxy;

/// <summary>Those who lay siege to the proxy, each in one way, until they are told to stop. They are workers other than the honest ones, or nobody at all.</summary>
internal static class Besiegers
{
    private const int SlowHeads = 4096;
    private const int ConnectsPerSecond = 10_000;
    private const int HeldConnects = 4096;
    private const int MuteRequests = 400;
    private const int Takers = 64;
    private const int MuteWorker = 8;
    private const int EndlessWorker = 9;

    private static readonly byte[] HeadByte = "G"u8.ToArray();

    /// <summary>So many connections that send a head one byte a second; one that is cut is made again.</summary>
    internal static async Task<IReadOnlyList<SiegeCount>> SlowHeadsAsync(ProxyTarget proxy, CancellationToken stop)
    {
        var slow = new Socket?[SlowHeads];
        var (cut, made) = (0L, 0L);
        using var second = new PeriodicTimer(TimeSpan.FromSeconds(1));
        do
        {
            for (var i = 0; i < slow.Length && !stop.IsCancellationRequested; i++)
            {
                if (slow[i] is { } socket && !TrySend(socket))
                {
                    socket.Dispose();
                    slow[i] = null;
                    cut++;
                }

                if (slow[i] is null && await TryConnectAsync(proxy) is { } again)
                {
                    slow[i] = again;
                    TrySend(again);
                    made++;
                }
            }
        }
        while (await TickAsync(second, stop));

        // What the proxy has cut shows as an end or an error; what it still holds does not.
        var held = slow.Count(socket => socket is not null && IsHeld(socket));
        Array.ForEach(slow, socket => socket?.Dispose());
        return [new("connections made", made), new("connections cut", cut), new("connections held in the end", held)];
    }

    /// <summary>So many connects a second, each reset at once.</summary>
    internal static Task<IReadOnlyList<SiegeCount>> ConnectsAsync(ProxyTarget proxy, CancellationToken stop) => ConnectsAsync(proxy, 0, stop);

    /// <summary>So many connects a second, each held until it is one of many and surely cut by the proxy.</summary>
    internal static Task<IReadOnlyList<SiegeCount>> HeldConnectsAsync(ProxyTarget proxy, CancellationToken stop) => ConnectsAsync(proxy, HeldConnects, stop);

    private static async Task<IReadOnlyList<SiegeCount>> ConnectsAsync(ProxyTarget proxy, int held, CancellationToken stop)
    {
        var start = Stopwatch.GetTimestamp();
        var (made, refused) = (0L, 0L);
        var open = new Queue<Socket>();
        while (!stop.IsCancellationRequested)
        {
            var due = (long)(Stopwatch.GetElapsedTime(start).TotalSeconds * ConnectsPerSecond);
            for (; made + refused < due && !stop.IsCancellationRequested;)
            {
                // By a call that blocks and a reset: the cheapest there is, and it uses up no ports.
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(true, 0) };
                open.Enqueue(socket);
                try
                {
                    socket.Connect(proxy.EndPoint);
                    made++;
                }
                catch (SocketException)
                {
                    refused++;
                }

                if (open.Count > held)
                {
                    open.Dequeue().Dispose();
                }
            }

            await Task.Delay(1, CancellationToken.None);
        }

        foreach (var socket in open)
        {
            socket.Dispose();
        }

        return [new("connects a second", (long)(made / Stopwatch.GetElapsedTime(start).TotalSeconds)), new("connects refused", refused)];
    }

    /// <summary>One worker's requests to an origin that never answers, made again when they are answered by the proxy.</summary>
    internal static Task<IReadOnlyList<SiegeCount>> MuteAsync(ProxyTarget proxy, CancellationToken stop)
    {
        var (limited, overdue, other) = (0L, 0L, 0L);
        return EachAsync(MuteRequests, proxy, proxy.Get("/mute", MuteWorker), async (socket, buffer) =>
        {
            var count = await socket.ReceiveAsync(buffer, stop);
            var status = count < 12 ? default : buffer.AsSpan(9, 3);
            Interlocked.Increment(ref status.SequenceEqual("429"u8) ? ref limited : ref status.SequenceEqual("504"u8) ? ref overdue : ref other);
            await Task.Delay(500, stop);
        }, () => [new("refused as too many (429)", limited), new("given up (504)", overdue), new("other endings", other)], stop);
    }

    /// <summary>One worker's requests for an answer without end, taken at a steady pace until it is cut, and then made again.</summary>
    internal static Task<IReadOnlyList<SiegeCount>> EndlessAsync(ProxyTarget proxy, CancellationToken stop)
    {
        var (cut, ended, largest) = (0L, 0L, 0L);
        return EachAsync(Takers, proxy, proxy.Get("/endless", EndlessWorker), async (socket, buffer) =>
        {
            long taken = 0;
            try
            {
                for (int count; (count = await socket.ReceiveAsync(buffer, stop)) > 0;)
                {
                    taken += count;
                    await Task.Delay(Math.Max(1, count / 1000), stop);
                }

                Interlocked.Increment(ref ended);
            }
            catch (SocketException)
            {
                Interlocked.Increment(ref cut);
            }

            InterlockedMax(ref largest, taken);
        }, () => [new("answers cut", cut), new("answers that ended", ended), new("bytes of the longest answer", largest)], stop);
    }

    private static async Task<IReadOnlyList<SiegeCount>> EachAsync(
        int connections, ProxyTarget proxy, byte[] request, Func<Socket, byte[], Task> work, Func<IReadOnlyList<SiegeCount>> counts, CancellationToken stop)
    {
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(
            async () =>
            {
                var buffer = new byte[64 * 1024];
                while (!stop.IsCancellationRequested)
                {
                    try
                    {
                        using var socket = await proxy.ConnectAsync();
                        await socket.SendAsync(request);
                        await work(socket, buffer);
                    }
                    catch (Exception ended) when (ended is SocketException or OperationCanceledException)
                    {
                        // Cut by the proxy, or told to stop.
                    }
                }
            },
            CancellationToken.None)));
        return counts();
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (var seen = Volatile.Read(ref most); value > seen;)
        {
            var before = Interlocked.CompareExchange(ref most, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private static bool IsHeld(Socket socket)
    {
        try
        {
            return !socket.Poll(0, SelectMode.SelectRead) && !socket.Poll(0, SelectMode.SelectError);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool TrySend(Socket socket)
    {
        try
        {
            socket.Send(HeadByte);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<Socket?> TryConnectAsync(ProxyTarget proxy)
    {
        try
        {
            return await proxy.ConnectAsync();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken stop)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
