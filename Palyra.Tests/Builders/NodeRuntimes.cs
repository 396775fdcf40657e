using System.Text;
using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Audit;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>A node runtime over memory, with a clock that stands still until told.</summary>
internal sealed class NodeRuntimes : IAsyncDisposable
{
    public const string Echo = "echo";

    private NodeRuntimes(NodeRuntime runtime, InMemoryNodeRuntimeStore store, FakeTimeProvider clock)
    {
        Runtime = runtime;
        Store = store;
        Clock = clock;
    }

    public NodeRuntime Runtime { get; }

    public InMemoryNodeRuntimeStore Store { get; }

    public FakeTimeProvider Clock { get; }

    public UnixTime Now => UnixTime.Now(Clock);

    public static async Task<NodeRuntimes> OpenAsync(
        NodeRuntimeOptions? options = null, InMemoryNodeRuntimeStore? store = null, FakeTimeProvider? clock = null, IEntropy? entropy = null,
        IAuditSink? audit = null)
    {
        store ??= new InMemoryNodeRuntimeStore();
        clock ??= new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        return new NodeRuntimes(await NodeRuntime.OpenAsync(store, options, clock, entropy ?? new SeededEntropy(), audit), store, clock);
    }

    public static DeviceId Device(int number) => new(Ulid.FromBits((UInt128)(0x0190_0000_0000_0000UL + (ulong)number) << 64 | 1));

    public static PairingSessionId Session(int number) => new(Ulid.FromBits((UInt128)(0x0191_0000_0000_0000UL + (ulong)number) << 64 | 1));

    public async Task<DeviceId> NodeAsync(int number = 1, params string[] capabilities)
    {
        var device = Device(number);
        var offered = capabilities.Length == 0 ? [Echo] : capabilities;
        Accepted(await Runtime.RegisterNode(device, "linux-x86_64", offered.Select(name => new NodeCapability(name, true))));
        return device;
    }

    public ValueTask<Result<PendingCapability>> EnqueueAsync(
        DeviceId device, string input = "{}", string capability = Echo, ulong max = 0, TimeSpan? within = null, CancellationToken cancellation = default) =>
        Runtime.Enqueue(device, capability, Encoding.UTF8.GetBytes(input), max, Now.Add(within ?? TimeSpan.FromMinutes(5)), cancellation: cancellation);

    public NodeConnection Connect(DeviceId device) => Accepted(Runtime.Connect(device));

    public CapabilityRequestRecord Request(CapabilityRequestId id) =>
        Runtime.TryFindRequest(id, out var request) ? request : throw new InvalidOperationException($"{id} is not kept.");

    public static VerifiedPairing Verified(DeviceId device) =>
        new(device, ClientKind.Node, new string('a', 64), new string('b', 64), new string('c', 64));

    public static T Accepted<T>(Result<T> result) where T : notnull => result.Value;

    public ValueTask DisposeAsync() => Runtime.DisposeAsync();
}
