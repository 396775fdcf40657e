using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Benchmarks.Quick;

namespace Palyra.Benchmarks.Rpc;

/// <summary>
/// <c>quick rpc</c>: calls, stream messages, handshakes and idle nodes over mutual TLS, of our server and of the same calls on Node.js' grpc-js and on gRPC's C-core
/// (through Python), each in a process of its own, rounds interleaved, under the same load and with the same keep-alive. Ours passes the gate and the ledger; the
/// peers answer a constant.
/// </summary>
public sealed class RpcQuick : IQuickGroup
{
    private const int Rounds = 3;
    private const int WarmNodes = 200;
    private static readonly TimeSpan Round = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);
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
            using var node = ServerProcess.TryStartNode(folder);
            using var core = ServerProcess.TryStartCore(folder);
            using var authority = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(Path.Combine(folder, "ca.pem")));
            var devices = BenchDevice.Read(Path.Combine(folder, "devices.json"));
            ServerProcess[] servers = [.. new[] { ours, node, core }.OfType<ServerProcess>()];
            foreach (var concurrency in new[] { 1, 64 })
            {
                await UnaryAsync(figures, servers, authority, devices[0], concurrency);
            }

            await AllocationsAsync(figures, ours, authority, devices[0]);
            await EachAsync(figures, servers, authority, "stream.messages", 32, "1/s", devices[0], (load, channel) => RpcLoad.StreamAsync(channel, devices[0], 32, Round));
            await EachAsync(figures, servers, authority, "handshakes", 4, "1/s", devices[0], (load, channel) => load.HandshakesAsync(devices[0], Round));
            await RevocationAsync(figures, new RpcLoad(authority, ours.Port), devices.Skip(1).Take(20));
            foreach (var server in servers)
            {
                server.Dispose();
            }

            await IdleAsync(figures, folder, ServerProcess.StartOurs);
            await IdleAsync(figures, folder, ServerProcess.TryStartNode);
            await IdleAsync(figures, folder, ServerProcess.TryStartCore);
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

    /// <summary>From asking to revoke a device until its open stream has ended.</summary>
    private static async Task RevocationAsync(Figures figures, RpcLoad load, IEnumerable<BenchDevice> devices)
    {
        var samples = new List<double>();
        foreach (var device in devices)
        {
            var (channel, call) = await load.OpenAsync(device);
            using var owned = channel;
            var start = Stopwatch.GetTimestamp();
            var asked = new NodeService.NodeServiceClient(channel).RevokeDevicePairingAsync(new() { V = 1, DeviceId = new() { Ulid = device.Id }, Reason = "bench" }).ResponseAsync;
            try
            {
                await call.ResponseStream.MoveNext(CancellationToken.None);
                throw new InvalidOperationException("The stream of a revoked device goes on.");
            }
            catch (RpcException ended) when (ended.StatusCode == StatusCode.PermissionDenied)
            {
                samples.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            await asked;
        }

        figures.Report("rpc.revocation.palyra", samples.Count, "ms", samples);
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
        // The first nodes make a server compile, and grow its heap, for all that follow: what one more node takes is counted from there.
        var open = new List<(GrpcChannel Channel, AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse> Call)>();
        await OpenAsync(devices.Take(WarmNodes));
        await Task.Delay(Idle);
        var memory = server.Memory;
        await OpenAsync(devices.Skip(WarmNodes));
        await Task.Delay(Settling);
        var processor = server.Processor;
        await Task.Delay(Idle);
        figures.Report($"rpc.idle.processor.{server.Name}", open.Count, "ms/s", [(server.Processor - processor).TotalMilliseconds / Idle.TotalSeconds]);
        figures.Report($"rpc.idle.memory.{server.Name}", open.Count, "KiB/node", [(server.Memory - memory) / 1024.0 / (open.Count - WarmNodes)]);
        figures.Report($"rpc.idle.resident.{server.Name}", open.Count, "MiB", [server.Memory / 1048576.0]);
        foreach (var (channel, call) in open)
        {
            call.Dispose();
            channel.Dispose();
        }

        async Task OpenAsync(IEnumerable<BenchDevice> some)
        {
            foreach (var group in some.Chunk(20))
            {
                open.AddRange(await Task.WhenAll(group.Select(load.OpenAsync)));
            }
        }
    }
}
