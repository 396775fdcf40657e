using Palyra.Domain.Identity;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>A certificate as issued to a device. There is no private key in it: that never leaves the device.</summary>
/// <param name="Pem">The certificate in PEM.</param>
/// <param name="Issued">What the identity registry keeps of it.</param>
public sealed record DeviceCertificate(string Pem, IssuedCertificate Issued)
{
    /// <summary>From this instant on it authenticates nobody.</summary>
    public UnixTime ExpiresAt => Issued.ExpiresAt;
}
