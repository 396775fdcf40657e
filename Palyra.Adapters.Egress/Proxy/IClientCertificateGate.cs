using System.Security.Cryptography.X509Certificates;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Knows which paired device a client certificate belongs to. Asked at the handshake and again for every request.</summary>
public interface IClientCertificateGate
{
    /// <summary>
    /// Names the device of a certificate that chains to the gateway's CA, is within its validity, is meant for client authentication and is
    /// not revoked at this moment. Anything else names nobody.
    /// </summary>
    bool TryIdentify(X509Certificate2 certificate, out DeviceId device);
}
