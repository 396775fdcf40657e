using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Benchmarks.Quick;

namespace Palyra.Benchmarks.Rpc;

/// <summary>
/// <c>quick rpc</c>: calls, stream messages, handshakes and idle nodes over mutual TLS, of our server and of the same calls on Node.js' grpc-js, each in a process
/// of its own, rounds interleaved, under the same load. Ours passes the gate and the ledger; the peer answers a constant.
/// </summary>
public sealed class RpcQuick : IQuickGroup
{
    private const int Rounds = 3;
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public string Name => "rpc";

    /// <inheritdoc/>
    public async ValueTask RunAsync(Figures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        var folder = Directory.CreateTempSubdirectory("palyra-bench-").FullName;
        try
        {
            using var ours = ServerProcess.StartOurs(folder);
            using var peer = ServerProcess.TryStartNode(folder);
            using var authority = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(folder, "ca.pem")));
            var devices = BenchDevice.Read(Path.Combine(folder, "devices.json"));
            ServerProcess[] servers = peer is null ? [ours] : [ours, peer];
            foreach (var concurrency in new[] { 1, 64 })
            {
                await UnaryAsync(figures, servers, authority, devices[0], concurrency);
            }

            await AllocationsAsync(figures, ours, authority, devices[0]);
            await EachAsync(figures, servers, authority, "stream.messages", 32, "1/s", devices[0], (load, channel) => RpcLoad.StreamAsync(channel, devices[0], 32, Round));
            await EachAsync(figures, servers, authority, "handshakes", 4, "1/s", devices[0], (load, channel) => load.HandshakesAsync(devices[0], Round));
            peer?.Dispose();
            ours.Dispose();
            await IdleAsync(figures, folder, ServerProcess.StartOurs);
            await IdleAsync(figures, folder, ServerProcess.TryStartNode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task UnaryAsync(Figures figures, ServerProcess[] servers, X509Certificate2 authority, BenchDevice device, int concurrency)
    {
        var rates = servers.ToDictionary(server => server.Name, _ => new List<double>());
        var latencies = servers.ToDictionary(server => server.Name, _ => new List<double>());
        for (var round = -1; round < Rounds; round++)
        {
            foreach (var server in servers)
            {
                using var channel = new RpcLoad(authority, server.Port).Connect(device);
                var (rate, latency) = await RpcLoad.UnaryAsync(channel, device, concurrency, Round);
                if (round >= 0)
                {
                    rates[server.Name].Add(rate);
                    latencies[server.Name].AddRange(latency);
                }
            }
        }

        foreach (var server in servers)
        {
            figures.Report($"rpc.unary.{server.Name}", concurrency, "1/s", rates[server.Name]);
            latencies[server.Name].Sort();
            figures.Report($"rpc.unary.latency.{server.Name}", concurrency, "us", latencies[server.Name]);
            figures.Report($"rpc.unary.latency.p99.{server.Name}", concurrency, "us", [latencies[server.Name][(int)(latencies[server.Name].Count * 0.99)]]);
        }
    }

    private static async Task AllocationsAsync(Figures figures, ServerProcess ours, X509Certificate2 authority, BenchDevice device)
    {
        using var channel = new RpcLoad(authority, ours.Port).Connect(device);
        await RpcLoad.UnaryAsync(channel, device, 1, Round / 4);
        var before = ours.Allocated();
        var (_, latencies) = await RpcLoad.UnaryAsync(channel, device, 1, Round);
        figures.Report("rpc.unary.allocated.palyra", 1, "bytes", [(ours.Allocated() - before) / (double)latencies.Length]);
    }

    private static async Task EachAsync(
        Figures figures, ServerProcess[] servers, X509Certificate2 authority, string scenario, int n, string unit, BenchDevice device, Func<RpcLoad, GrpcChannel, Task<double>> measure)
    {
        var samples = servers.ToDictionary(server => server.Name, _ => new List<double>());
        for (var round = -1; round < Rounds; round++)
        {
            foreach (var server in servers)
            {
                var load = new RpcLoad(authority, server.Port);
                using var channel = load.Connect(device);
                var sample = await measure(load, channel);
                if (round >= 0)
                {
                    samples[server.Name].Add(sample);
                }
            }
        }

        foreach (var server in servers)
        {
            figures.Report($"rpc.{scenario}.{server.Name}", n, unit, samples[server.Name]);
        }
    }

    // In a fresh process each, since one that has worked hard already holds the memory that idle nodes then need.
    private static async Task IdleAsync(Figures figures, string folder, Func<string, ServerProcess?> start)
    {
        // A server of ours leaves the identities in the folder; the peer takes the last one's.
        using var server = start(folder);
        if (server is not null)
        {
            using var authority = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(folder, "ca.pem")));
            await IdleAsync(figures, server, new RpcLoad(authority, server.Port), BenchDevice.Read(Path.Combine(folder, "devices.json")));
        }
    }

    private static async Task IdleAsync(Figures figures, ServerProcess server, RpcLoad load, IReadOnlyList<BenchDevice> devices)
    {
        var open = new List<(GrpcChannel Channel, AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse> Call)>();
        open.AddRange(await Task.WhenAll(devices.Take(20).Select(load.OpenAsync)));
        var memory = server.Memory;
        foreach (var group in devices.Skip(20).Chunk(20))
        {
            open.AddRange(await Task.WhenAll(group.Select(load.OpenAsync)));
        }

        await Task.Delay(Settling);
        var processor = server.Processor;
        await Task.Delay(Idle);
        figures.Report($"rpc.idle.processor.{server.Name}", open.Count, "ms/s", [(server.Processor - processor).TotalMilliseconds / Idle.TotalSeconds]);
        figures.Report($"rpc.idle.memory.{server.Name}", open.Count, "KiB/node", [(server.Memory - memory) / 1024.0 / (open.Count - 20)]);
        foreach (var (channel, call) in open)
        {
            call.Dispose();
            channel.Dispose();
        }
    }
}
