using Palyra.Domain.Identity;
using Palyra.Domain.Pairing;

namespace Palyra.Adapters.Grpc.Pairing;

/// <summary>Where a pairing stands, for the device that asks.</summary>
/// <param name="Request">The request; its material is what the device collects once it is completed.</param>
/// <param name="Approval">The question that a person decides.</param>
public sealed record PairingStatus(PairingRequestRecord Request, PairingApproval Approval)
{
    internal static PairingStatus Of(PairingRequestRecord request) => new(request, PairingApproval.Of(request));
}
