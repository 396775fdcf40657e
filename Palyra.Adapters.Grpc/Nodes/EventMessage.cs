using Palyra.Domain.Capabilities;

namespace Palyra.Adapters.Grpc.Nodes;

/// <summary>How large one message of the event stream may be, in either direction.</summary>
internal static class EventMessage
{
    /// <summary>The largest payload any request may allow, and room for what is around it.</summary>
    internal const int MaxBytes = (int)PayloadLimit.Ceiling + EnvelopeBytes;

    /// <summary>The longest error a node sends, in characters; of a longer one the gateway would keep no more.</summary>
    internal const int MaxErrorLength = PayloadSummary.InspectedBytes;

    private const int EnvelopeBytes = 1024 * 1024;
}
