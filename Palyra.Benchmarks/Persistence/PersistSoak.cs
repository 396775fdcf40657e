using System.Text;
using Palyra.Adapters.Json.Entropy;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;

namespace Palyra.Benchmarks.Persistence;

/// <summary>
/// <c>soak persist DIR</c>: appends capability requests until killed, and prints each id on its own line only once it is durable. The journal is folded
/// into the snapshot often, so that a kill meets that too.
/// </summary>
public static class PersistSoak
{
    private const int Callers = 8;
    private const int Devices = 64;

    // Small, so that many compactions happen in a second of work.
    private const long CompactAfterBytes = 64 * 1024;

    /// <summary>Runs until the token ends it, or the process is killed.</summary>
    public static async Task<int> RunAsync(string folder, TextWriter output, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(output);
        var store = JsonNodeRuntimeStore.Open(new JsonPersistenceOptions { StateRoot = folder, CompactAfterBytes = CompactAfterBytes });
        var options = new NodeRuntimeOptions { MaxFinished = int.MaxValue };
        await using var runtime = await NodeRuntime.OpenAsync(store, options, TimeProvider.System, SystemEntropy.Instance);
        for (var i = 0; i < Devices; i++)
        {
            await runtime.RegisterNode(Device(i), "soak", [new NodeCapability("soak", true)]);
        }

        var lines = TextWriter.Synchronized(output);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => AppendAsync(runtime, caller, lines, cancellation), CancellationToken.None)));
            return 0;
        }
        catch (NodeRuntimeStoreException refused)
        {
            await Console.Error.WriteLineAsync(refused.Message);
            return 1;
        }
    }

    private static async Task AppendAsync(NodeRuntime runtime, int caller, TextWriter lines, CancellationToken cancellation)
    {
        for (var i = 0; !cancellation.IsCancellationRequested; i++)
        {
            var input = Encoding.UTF8.GetBytes($"{{\"caller\":{caller},\"number\":{i}}}");
            var queued = await runtime.Enqueue(
                Device(((i * Callers) + caller) % Devices), "soak", input, 0, UnixTime.Now(TimeProvider.System).Add(TimeSpan.FromHours(1)),
                cancellation: CancellationToken.None);
            if (queued.TryGet(out var request, out _))
            {
                await lines.WriteLineAsync(request.Id.ToString());
                await lines.FlushAsync(CancellationToken.None);
                await runtime.Cancel(request.Id);
            }
        }
    }

    private static DeviceId Device(int number) => new(Ulid.FromBits(((UInt128)0x0190_0000_0000_0000UL << 64) | (uint)(number + 1)));
}
