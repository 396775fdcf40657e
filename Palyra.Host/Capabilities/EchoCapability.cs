using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary><c>echo</c>: answers with its input.</summary>
internal sealed class EchoCapability : INodeCapability
{
    public string Name => "echo";

    public ValueTask<CapabilityOutput> ExecuteAsync(CapabilityInvocation invocation, CancellationToken cancellationToken) =>
        ValueTask.FromResult(CapabilityJson.TryReadObject(invocation.InputJson, out var document)
            ? Echo(invocation, document)
            : CapabilityOutput.Failed("invalid_input: echo takes one JSON object"));

    private static CapabilityOutput Echo(CapabilityInvocation invocation, System.Text.Json.JsonDocument document)
    {
        document.Dispose();
        return CapabilityOutput.Succeeded(invocation.InputJson.IsEmpty ? "{}"u8.ToArray() : invocation.InputJson);
    }
}
