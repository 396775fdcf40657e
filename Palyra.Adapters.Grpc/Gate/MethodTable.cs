using System.Collections.Frozen;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>Which methods may be called without a certificate. Every other method, known or not, needs one.</summary>
internal static class MethodTable
{
    private static readonly FrozenSet<string> Open = new[]
    {
        "/palyra.node.v1.NodeService/BeginPairingSession",
        "/palyra.node.v1.NodeService/CompletePairingSession",
        "/palyra.node.v1.NodeService/GetPairingRequestStatus",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>What the method asks for; the name as it is on the wire, <c>/package.Service/Method</c>.</summary>
    internal static CertificateDemand DemandOf(string method) => Open.Contains(method) ? CertificateDemand.None : CertificateDemand.BoundToDevice;
}
