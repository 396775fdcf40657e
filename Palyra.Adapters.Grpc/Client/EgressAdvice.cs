namespace Palyra.Adapters.Grpc.Client;

/// <summary>What the gateway says about a request before it is made. The default denies.</summary>
/// <param name="Allowed">Whether it would be let out.</param>
/// <param name="ReasonCode">The stable reason code; <c>node.unreachable</c> when the gateway could not be asked.</param>
/// <param name="Message">One sentence for people.</param>
public readonly record struct EgressAdvice(bool Allowed, string ReasonCode, string Message);
