using Grpc.Core;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>What the gate found, for the service that handles the call.</summary>
/// <param name="Caller">Who was let in when the call began.</param>
/// <param name="Stream">The stream, when the caller sends one.</param>
internal sealed record CallGate(Caller Caller, OpenStream? Stream)
{
    /// <summary>What the gate found for this call. A call that did not pass the gate has none, and fails here.</summary>
    internal static CallGate Of(ServerCallContext context) =>
        context.GetHttpContext().Features.Get<CallGate>() ?? throw new InvalidOperationException("The call did not pass the gate.");
}
