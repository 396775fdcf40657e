using System.Diagnostics;
using System.Text;
using Google.Protobuf;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Benchmarks.Rpc;

/// <summary>Requests queued at once for many nodes, each with a mutual TLS connection of its own. A request that is lost or out of its turn ends the run.</summary>
internal sealed class DispatchCrowd(RpcScene scene, RpcLoad load, int requestsPerNode)
{
    /// <summary>Queues, serves and checks everything.</summary>
    /// <returns>Requests a second, from the first that is queued to the last result.</returns>
    internal async Task<double> RunAsync()
    {
        var start = Stopwatch.GetTimestamp();
        var nodes = scene.Devices.Select(device => Task.Run(() => ServeAsync(device))).ToArray();
        var callers = scene.Devices.Select(device => Task.Run(() => CallAsync(DeviceId.Parse(device.Id)))).ToArray();
        var queued = await Task.WhenAll(callers);
        var rate = scene.Devices.Count * requestsPerNode / Stopwatch.GetElapsedTime(start).TotalSeconds;
        var seen = await Task.WhenAll(nodes);
        for (var node = 0; node < seen.Length; node++)
        {
            if (!queued[node].SequenceEqual(seen[node]))
            {
                throw new InvalidOperationException("A request was lost, or came out of its turn.");
            }
        }

        return rate;
    }

    private async Task<List<string>> CallAsync(DeviceId device)
    {
        var queued = new List<PendingCapability>();
        for (var i = 0; i < requestsPerNode; i++)
        {
            var deadline = UnixTime.Now(TimeProvider.System).Add(TimeSpan.FromMinutes(1));
            queued.Add((await scene.Runtime.Enqueue(device, "echo", Encoding.UTF8.GetBytes($"{i}"), 0, deadline)).Value);
        }

        for (var i = 0; i < requestsPerNode; i++)
        {
            var outcome = await queued[i].Completion;
            if (Encoding.UTF8.GetString(outcome.OutputJson.Span) != $"{i}")
            {
                throw new InvalidOperationException(outcome.Error ?? "A request has the result of another.");
            }
        }

        return [.. queued.Select(pending => pending.Id.ToString())];
    }

    private async Task<List<string>> ServeAsync(BenchDevice device)
    {
        var (channel, call) = await load.OpenAsync(device);
        using (channel)
        using (call)
        {
            List<string> seen = [];
            do
            {
                // The answer to the first event, which is there already, may carry one too.
                if (call.ResponseStream.Current.Dispatch is { } dispatch)
                {
                    seen.Add(dispatch.RequestId.Ulid);
                    await call.RequestStream.WriteAsync(Result(device, dispatch));
                }
            }
            while (seen.Count < requestsPerNode && await call.ResponseStream.MoveNext(CancellationToken.None));

            await call.RequestStream.CompleteAsync();
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                // The answers to the last results.
            }

            return seen;
        }
    }

    /// <summary>The input, given back as the output.</summary>
    internal static NodeEventRequest Result(BenchDevice device, NodeCapabilityDispatch dispatch) => new()
    {
        V = 1,
        DeviceId = new() { Ulid = device.Id },
        EventName = "capability.result",
        PayloadJson = UnsafeByteOperations.UnsafeWrap(Encoding.UTF8.GetBytes(
            $$"""{"request_id":"{{dispatch.RequestId.Ulid}}","success":true,"output_json":{{dispatch.InputJson.ToStringUtf8()}}}""")),
    };
}
