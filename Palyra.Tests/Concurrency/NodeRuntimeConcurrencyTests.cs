using System.Collections.Concurrent;
using System.Text;
using Palyra.Adapters.Json.Entropy;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Concurrency;

public class NodeRuntimeConcurrencyTests
{
    private const int Nodes = 100;
    private const int RequestsPerNode = 100;

    [Fact]
    public async Task TenThousandRequestsForAHundredNodes_NoneIsLostAndEachDeviceSeesItsOwnInOrder()
    {
        using var folder = new StateFolder();
        await using var runtime = await NodeRuntime.OpenAsync(folder.Open(), null, TimeProvider.System, SystemEntropy.Instance);
        var devices = Enumerable.Range(1, Nodes).Select(NodeRuntimes.Device).ToArray();
        await Task.WhenAll(devices.Select(device => runtime.RegisterNode(device, "linux", [new NodeCapability("echo", true)]).AsTask()));
        var nodes = devices.Select(device => Task.Run(() => ServeAsync(runtime, device))).ToArray();

        var outcomes = await Task.WhenAll(devices.Select(device => Task.Run(() => CallAsync(runtime, device))));

        Assert.All(outcomes.SelectMany(results => results), Assert.True);
        var seen = await Task.WhenAll(nodes);
        Assert.All(seen, order => Assert.Equal(Enumerable.Range(0, RequestsPerNode), order));
    }

    [Fact]
    public async Task ResultsCancellationsAndDeadlinesAtOnce_EveryRequestEndsExactlyOnce()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var device = await nodes.NodeAsync();
        using var connection = nodes.Connect(device);
        for (var round = 0; round < 200; round++)
        {
            var pending = NodeRuntimes.Accepted(await nodes.EnqueueAsync(device));
            var acts = new ConcurrentBag<bool>();
            using var start = new Barrier(2);
            await Task.WhenAll(
                Task.Run(async () =>
                {
                    start.SignalAndWait();
                    acts.Add((await nodes.Runtime.Complete(pending.Id, device, true, default, null)).IsOk);
                }),
                Task.Run(async () =>
                {
                    start.SignalAndWait();
                    acts.Add((await nodes.Runtime.Cancel(pending.Id)).IsOk);
                }));

            Assert.Single(acts, accepted => accepted);
            var outcome = await pending.Completion;
            Assert.Equal(outcome.State, nodes.Request(pending.Id).State);
        }
    }

    private static async Task<bool[]> CallAsync(NodeRuntime runtime, DeviceId device)
    {
        var waits = new List<ValueTask<CapabilityOutcome>>();
        for (var i = 0; i < RequestsPerNode; i++)
        {
            waits.Add((await runtime.Enqueue(device, "echo", Encoding.UTF8.GetBytes($"{i}"), 0, UnixTime.MaxValue)).Value.Completion);
        }

        var results = new bool[waits.Count];
        for (var i = 0; i < waits.Count; i++)
        {
            var outcome = await waits[i];
            results[i] = outcome.Success && Encoding.UTF8.GetString(outcome.OutputJson.Span) == $"{i}";
        }

        return results;
    }

    private static async Task<List<int>> ServeAsync(NodeRuntime runtime, DeviceId device)
    {
        using var connection = runtime.Connect(device).Value;
        List<int> seen = [];
        while (seen.Count < RequestsPerNode)
        {
            var dispatch = await connection.Dispatches.ReadAsync();
            seen.Add(int.Parse(Encoding.UTF8.GetString(dispatch.InputJson.Span), System.Globalization.CultureInfo.InvariantCulture));
            await runtime.Complete(dispatch.Id, device, true, dispatch.InputJson, null);
        }

        return seen;
    }
}
