using Grpc.Core;
using Palyra.Domain.Results;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>Why the node's side did not get what it asked for.</summary>
public abstract record NodeClientRefusal : Refusal
{
    private NodeClientRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>The node has no identity yet: code <c>node.not_paired</c>.</summary>
    public sealed record NotPaired() : NodeClientRefusal("node.not_paired", "", "This node is not paired. Pair it with a code from the operator.");

    /// <summary>There is no pairing to wait for: code <c>node.no_pairing_open</c>.</summary>
    public sealed record NoPairingOpen() : NodeClientRefusal("node.no_pairing_open", "", "No pairing is waiting for approval. Begin one with a code from the operator.");

    /// <summary>The gateway refused: code <c>node.gateway_refused</c>.</summary>
    public sealed record GatewayRefused(StatusCode Status, string Said) : NodeClientRefusal("node.gateway_refused", Status.ToString(), $"The gateway refused: {Said}");

    /// <summary>The gateway does not accept this node's identity any more: code <c>node.denied</c>.</summary>
    public sealed record Denied(StatusCode Status, string Said) : NodeClientRefusal("node.denied", Status.ToString(), $"The gateway no longer accepts this node: {Said}");

    /// <summary>The gateway cannot be reached: code <c>node.unreachable</c>.</summary>
    public sealed record Unreachable(string Said) : NodeClientRefusal("node.unreachable", "", $"The gateway cannot be reached: {Said}");

    /// <summary>The server is not the trusted gateway: code <c>node.gateway_untrusted</c>.</summary>
    public sealed record GatewayUntrusted() : NodeClientRefusal(
        "node.gateway_untrusted", "", "The server's certificate was not issued by the gateway CA this node trusts, or does not name the server that was dialled.");

    /// <summary>The gateway's answer makes no sense: code <c>node.bad_answer</c>.</summary>
    public sealed record BadAnswer(string Field) : NodeClientRefusal("node.bad_answer", Field, $"The gateway's answer has a bad {Field}.");

    /// <summary>A person rejected the pairing: code <c>node.pairing_rejected</c>.</summary>
    public sealed record PairingRejected(string Reason) : NodeClientRefusal("node.pairing_rejected", "", $"The pairing was rejected. {Reason}".TrimEnd());

    /// <summary>Nobody decided in time: code <c>node.pairing_expired</c>.</summary>
    public sealed record PairingExpired(string Reason) : NodeClientRefusal("node.pairing_expired", "", $"The pairing has expired. {Reason}".TrimEnd());
}
