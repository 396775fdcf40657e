using System.Diagnostics;
using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary><c>system.health</c>: uptime, memory and processors of the node process.</summary>
internal sealed class SystemHealthCapability(TimeProvider clock) : INodeCapability
{
    private readonly long _started = clock.GetTimestamp();

    public string Name => "system.health";

    public ValueTask<CapabilityOutput> ExecuteAsync(CapabilityInvocation invocation, CancellationToken cancellationToken)
    {
        using var process = Process.GetCurrentProcess();
        var resident = process.WorkingSet64;
        return ValueTask.FromResult(CapabilityJson.Answer(json =>
        {
            json.WriteString("status", "ok");
            json.WriteNumber("uptime_ms", (long)clock.GetElapsedTime(_started).TotalMilliseconds);
            json.WriteNumber("resident_bytes", resident);
            json.WriteNumber("processors", Environment.ProcessorCount);
            json.WriteNumber("pid", Environment.ProcessId);
        }));
    }
}
