namespace Palyra.Host.Capabilities;

/// <summary><c>echo</c>: answers with its input.</summary>
internal sealed class EchoCapability : INodeCapability
{
    public string Name => "echo";

    public ValueTask<CapabilityAnswer> ExecuteAsync(CapabilityCall call, CancellationToken cancellation) =>
        ValueTask.FromResult(CapabilityJson.TryReadObject(call.Input, out var document)
            ? Echo(call, document)
            : CapabilityAnswer.Failed("invalid_input: echo takes one JSON object"));

    private static CapabilityAnswer Echo(CapabilityCall call, System.Text.Json.JsonDocument document)
    {
        document.Dispose();
        return CapabilityAnswer.Ok(call.Input.IsEmpty ? "{}"u8.ToArray() : call.Input);
    }
}
