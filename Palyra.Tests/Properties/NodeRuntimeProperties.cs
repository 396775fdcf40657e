using System.Text;
using FsCheck;
using FsCheck.Xunit;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Properties;

/// <summary>Laws that hold after any history of acts, with a store that fails now and then.</summary>
public class NodeRuntimeProperties
{
    private const int Acts = 60;

    [Property(MaxTest = 60)]
    public void Memory_and_disk_agree_after_any_history_however_often_the_store_fails(int seed) => Run(seed, (nodes, _) =>
        Assert.Equal(Canonical(WithoutExpiredCodes(nodes)), Canonical(Memory(nodes))));

    [Property(MaxTest = 60)]
    public void No_device_ever_has_more_queued_or_in_flight_than_its_limits(int seed) => Run(seed, (nodes, _) => Assert.All(
        nodes.Runtime.ListRequests().GroupBy(request => request.DeviceId),
        requests =>
        {
            Assert.True(requests.Count(request => request.State == CapabilityRequestState.Queued) <= CapabilityRequestDecider.MaxQueuedPerDevice);
            Assert.True(requests.Count(request => CapabilityRequestDecider.IsInFlight(request.State)) <= CapabilityRequestDecider.MaxInFlightPerDevice);
        }));

    [Property(MaxTest = 60)]
    public void A_final_request_never_changes_again(int seed)
    {
        var finals = new Dictionary<CapabilityRequestId, CapabilityRequestRecord>();
        Run(seed, (nodes, _) =>
        {
            foreach (var request in nodes.Runtime.ListRequests())
            {
                if (finals.TryGetValue(request.Id, out var final))
                {
                    Assert.Equal(final, request);
                }
                else if (request.IsFinal)
                {
                    finals.Add(request.Id, request);
                }
            }
        });
    }

    [Property(MaxTest = 60)]
    public void Dispatches_leave_in_the_order_in_which_they_came(int seed)
    {
        var last = new Dictionary<DeviceId, CapabilityRequestId>();
        var order = new Dictionary<CapabilityRequestId, int>();
        var sent = new HashSet<CapabilityRequestId>();
        Run(seed, (nodes, scene) =>
        {
            foreach (var (id, index) in scene.Enqueued.Select((id, index) => (id, index)))
            {
                order[id] = index;
            }

            foreach (var dispatch in scene.Drain().Where(dispatch => sent.Add(dispatch.Dispatch.Id)))
            {
                if (last.TryGetValue(dispatch.Device, out var before))
                {
                    Assert.True(order[before] < order[dispatch.Dispatch.Id]);
                }

                last[dispatch.Device] = dispatch.Dispatch.Id;
            }
        });
    }

    private static void Run(int seed, Action<NodeRuntimes, Scene> check) => RunAsync(seed, check).GetAwaiter().GetResult();

    private static async Task RunAsync(int seed, Action<NodeRuntimes, Scene> check)
    {
        await using var nodes = await NodeRuntimes.OpenAsync(new NodeRuntimeOptions { MaxFinished = 1000 });
        var scene = new Scene(nodes, new Random(seed));
        for (var i = 0; i < Acts; i++)
        {
            await scene.ActAsync();
            check(nodes, scene);
        }
    }

    private static NodeRuntimeState Memory(NodeRuntimes nodes)
    {
        var state = new NodeRuntimeState();
        foreach (var code in nodes.Runtime.ListCodes())
        {
            state.Apply(new NodeRuntimeChange.PutCode(code));
        }

        foreach (var instance in nodes.Runtime.Inventory().Instances)
        {
            state.Apply(new NodeRuntimeChange.PutNode(instance.Node));
        }

        foreach (var request in nodes.Runtime.ListRequests())
        {
            state.Apply(new NodeRuntimeChange.PutCapabilityRequest(request));
        }

        return state;
    }

    // A code that has expired reads as gone, even while the store cannot record it.
    private static NodeRuntimeState WithoutExpiredCodes(NodeRuntimes nodes)
    {
        var kept = nodes.Store.Copy();
        foreach (var code in kept.Codes.Values.Where(code => nodes.Now >= code.ExpiresAt).ToArray())
        {
            kept.Apply(new NodeRuntimeChange.RemoveCode(code.Code));
        }

        return kept;
    }

    private static IEnumerable<string?> Canonical(NodeRuntimeState state) =>
        state.AsChanges().Select(change => change is NodeRuntimeChange.PutNode put ? put.Node.GetHashCode().ToString() : change.ToString()).Order(StringComparer.Ordinal);

    private sealed class Scene(NodeRuntimes nodes, Random random)
    {
        private readonly List<NodeConnection> _connections = [];

        public List<CapabilityRequestId> Enqueued { get; } = [];

        public IEnumerable<(DeviceId Device, CapabilityDispatch Dispatch)> Drain()
        {
            foreach (var connection in _connections)
            {
                while (connection.Dispatches.TryRead(out var dispatch))
                {
                    yield return (connection.DeviceId, dispatch);
                }
            }
        }

        public async Task ActAsync()
        {
            nodes.Store.IsBroken = random.Next(6) == 0;
            var device = NodeRuntimes.Device(random.Next(1, 3));
            try
            {
                await ActAsync(device, Enqueued.Count == 0 ? default : Enqueued[random.Next(Enqueued.Count)]);
            }
            catch (NodeRuntimeStoreException)
            {
                // The law is about what is left behind.
            }

            nodes.Store.IsBroken = false;
        }

        private async Task ActAsync(DeviceId device, CapabilityRequestId request)
        {
            switch (random.Next(12))
            {
                case 0:
                    await nodes.Runtime.RegisterNode(device, "linux", [new NodeCapability(NodeRuntimes.Echo, true)]);
                    break;
                case 1 or 2 or 3 or 4:
                    var queued = await nodes.EnqueueAsync(device, within: TimeSpan.FromSeconds(random.Next(1, 90)));
                    if (queued.TryGet(out var pending, out _))
                    {
                        Enqueued.Add(pending.Id);
                    }

                    break;
                case 5:
                    if (nodes.Runtime.Connect(device).TryGet(out var connection, out _))
                    {
                        _connections.Add(connection);
                    }

                    break;
                case 6:
                    await nodes.Runtime.MarkAccepted(request, device);
                    break;
                case 7:
                    await nodes.Runtime.MarkAwaiting(request, device);
                    break;
                case 8:
                    await nodes.Runtime.Complete(request, device, random.Next(2) == 0, Encoding.UTF8.GetBytes("{}"), null);
                    break;
                case 9:
                    await nodes.Runtime.Cancel(request);
                    break;
                case 10:
                    nodes.Clock.Advance(TimeSpan.FromSeconds(random.Next(0, 20)));
                    break;
                default:
                    await nodes.Runtime.MintCode(Palyra.Domain.Pairing.PairingMethod.Pin, "admin", TimeSpan.FromSeconds(30));
                    break;
            }
        }
    }
}
