using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Benchmarks.Quick;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Benchmarks.Rpc;

/// <summary><c>quick dispatch</c>: from queueing a capability request, over a node's stream under mutual TLS, to its result; state in memory.</summary>
public sealed class DispatchQuick : IQuickGroup
{
    private static readonly byte[] Input = """{"text":"hello"}"""u8.ToArray();

    /// <inheritdoc/>
    public string Name => "dispatch";

    /// <inheritdoc/>
    public async ValueTask RunAsync(Figures figures)
    {
        ArgumentNullException.ThrowIfNull(figures);
        await OneNodeAsync(figures);
        await CrowdAsync(figures);
    }

    private static async Task OneNodeAsync(Figures figures)
    {
        await using var scene = await RpcScene.StartAsync(1);
        using var authority = X509Certificate2.CreateFromPem(scene.Certificates.CaCertificatePem);
        var device = scene.Devices[0];
        var (channel, call) = await new RpcLoad(authority, scene.Server.EndPoint!.Port).OpenAsync(device);
        using (channel)
        using (call)
        {
            var node = Task.Run(() => AnswerAsync(call, device));
            await MeasureAsync(scene, device, 1, 500);
            var latencies = new List<double>();
            await MeasureAsync(scene, device, 1, 3_000, latencies);
            figures.Report("dispatch.latency", 1, "us", latencies);
            latencies.Sort();
            figures.Report("dispatch.latency.p99", 1, "us", [latencies[(int)(latencies.Count * 0.99)]]);
            var rates = new List<double>();
            for (var round = 0; round < 5; round++)
            {
                var start = Stopwatch.GetTimestamp();
                await MeasureAsync(scene, device, 32, 5_000);
                rates.Add(5_000 / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }

            figures.Report("dispatch.rate", 32, "1/s", rates);
            await call.RequestStream.CompleteAsync();
            await node;
        }
    }

    /// <summary>Ten thousand requests for a hundred nodes, connecting included.</summary>
    private static async Task CrowdAsync(Figures figures)
    {
        const int Nodes = 100;
        const int RequestsPerNode = 100;
        await using var scene = await RpcScene.StartAsync(Nodes);
        using var authority = X509Certificate2.CreateFromPem(scene.Certificates.CaCertificatePem);
        var crowd = new DispatchCrowd(scene, new RpcLoad(authority, scene.Server.EndPoint!.Port), RequestsPerNode);
        var rates = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            rates.Add(await crowd.RunAsync());
        }

        figures.Report("dispatch.crowd.rate", Nodes, "1/s", rates);
    }

    private static async Task MeasureAsync(RpcScene scene, BenchDevice device, int concurrency, int count, List<double>? latencies = null)
    {
        var id = DeviceId.Parse(device.Id);
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) <= count)
            {
                var start = Stopwatch.GetTimestamp();
                var pending = (await scene.Runtime.Enqueue(id, "echo", Input, 0, UnixTime.Now(TimeProvider.System).Add(TimeSpan.FromMinutes(1)))).Value;
                var outcome = await pending.Completion;
                if (!outcome.Success)
                {
                    throw new InvalidOperationException(outcome.Error);
                }

                latencies?.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        })));
    }

    private static async Task AnswerAsync(AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse> call, BenchDevice device)
    {
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            if (call.ResponseStream.Current.Dispatch is { } dispatch)
            {
                await call.RequestStream.WriteAsync(DispatchCrowd.Result(device, dispatch));
            }
        }
    }
}
