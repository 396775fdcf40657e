using System.Collections.Concurrent;
using System.Text;
using Palyra.Adapters.Json.Entropy;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;

namespace Palyra.Benchmarks.Persistence;

/// <summary>A node runtime over a real folder that holds so many finished requests already.</summary>
internal sealed class PersistScene : IAsyncDisposable
{
    private const int Devices = 16;

    private static readonly byte[] Input = Encoding.UTF8.GetBytes("{\"path\":\"/var/log/app.log\",\"lines\":200,\"token\":\"abc\"}");

    private readonly DirectoryInfo _folder;
    private readonly ConcurrentBag<CapabilityRequestId> _queued = [];
    private int _next;

    private PersistScene(DirectoryInfo folder, NodeRuntime runtime)
    {
        _folder = folder;
        Runtime = runtime;
    }

    internal NodeRuntime Runtime { get; }

    /// <summary>
    /// The folder lies beside the program, not in the system's temporary one, which may be memory. As many finished requests are kept as there are at the
    /// start, so that the size stays what it is said to be.
    /// </summary>
    internal static async Task<PersistScene> OpenAsync(int records, bool writeThrough = false)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, $".persist-{Path.GetRandomFileName()}"));
        await FillAsync(folder.FullName, records);
        var store = JsonNodeRuntimeStore.Open(new JsonPersistenceOptions { StateRoot = folder.FullName, WriteThrough = writeThrough });
        var runtime = await NodeRuntime.OpenAsync(store, new NodeRuntimeOptions { MaxFinished = records }, TimeProvider.System, SystemEntropy.Instance);
        await Task.WhenAll(Enumerable.Range(0, Devices).Select(
            device => runtime.RegisterNode(Device(device), "linux-x86_64", [new NodeCapability("fs.read", true)]).AsTask()));
        return new PersistScene(folder, runtime);
    }

    /// <summary>One durable mutation: queue a request, or cancel one that is queued.</summary>
    internal async ValueTask MutateAsync()
    {
        if (_queued.TryTake(out var id))
        {
            _ = (await Runtime.Cancel(id)).Value;
            return;
        }

        var device = Device(Interlocked.Increment(ref _next) % Devices);
        var queued = await Runtime.Enqueue(device, "fs.read", Input, 0, UnixTime.MaxValue);
        _queued.Add(queued.Value.Id);
    }

    public async ValueTask DisposeAsync()
    {
        await Runtime.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static async Task FillAsync(string folder, int records)
    {
        var store = JsonNodeRuntimeStore.Open(new JsonPersistenceOptions { StateRoot = folder });
        store.Load();
        var now = UnixTime.Now(TimeProvider.System);
        await store.Append([.. Enumerable.Range(0, records).Select(number => new NodeRuntimeChange.PutCapabilityRequest(new CapabilityRequestRecord
        {
            Id = new CapabilityRequestId(SystemEntropy.Instance.NextUlid(now)),
            DeviceId = Device(number % Devices),
            Capability = "fs.read",
            State = CapabilityRequestState.Succeeded,
            CreatedAt = now,
            UpdatedAt = now,
            DispatchedAt = now,
            CompletedAt = now,
            MaxPayloadBytes = PayloadLimit.Default,
            InputSummary = $"{{\"path\":\"/var/log/{number}\"}}",
            OutputSummary = "{\"status\":\"ok\"}",
        }))]);
        await store.DisposeAsync();
    }

    private static DeviceId Device(int number) => new(Ulid.FromBits(((UInt128)0x0190_0000_0000_0000UL << 64) | (uint)(number + 1)));
}
