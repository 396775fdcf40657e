using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary><c>sleep</c> <c>{"duration_ms": n}</c>: waits 0 to 600 000 ms, or until it is cancelled.</summary>
internal sealed class SleepCapability(TimeProvider clock) : INodeCapability
{
    private const long MaxMilliseconds = 600_000;

    public string Name => "sleep";

    public async ValueTask<CapabilityOutput> ExecuteAsync(CapabilityInvocation invocation, CancellationToken cancellationToken)
    {
        if (!CapabilityJson.TryReadObject(invocation.InputJson, out var document))
        {
            return CapabilityOutput.Failed("invalid_input: sleep takes one JSON object");
        }

        using (document)
        {
            if (document.RootElement.Number("duration_ms") is not (>= 0 and <= MaxMilliseconds and var milliseconds))
            {
                return CapabilityOutput.Failed($"invalid_input: duration_ms must be 0 to {MaxMilliseconds}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), clock, cancellationToken);
            return CapabilityJson.Answer(json => json.WriteNumber("slept_ms", milliseconds));
        }
    }
}
