using System.Security.Cryptography.X509Certificates;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Host.Gateway;

/// <summary>Tells the egress proxy which device a client certificate belongs to: the same authority and registry as the node RPC asks.</summary>
internal sealed class DeviceCertificateGate(GatewayCertificates certificates, IdentityRegistry registry, TimeProvider clock) : IClientCertificateGate
{
    public bool TryIdentify(X509Certificate2 certificate, out DeviceId device)
    {
        var now = UnixTime.Now(clock);
        device = default;
        if (!certificates.VerifyDevice(certificate, now).TryGet(out var named, out _)
            || !registry.Authenticate(CertificateFingerprint.Of(certificate.RawDataMemory.Span), now).TryGet(out var registered, out _)
            || named != registered)
        {
            return false;
        }

        device = registered;
        return true;
    }
}
