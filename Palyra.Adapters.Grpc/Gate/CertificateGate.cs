using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>
/// Decides, for every message of every call, whether its sender is the device it says it is: the one place where that is decided. In this order: is there a
/// certificate · did this gateway issue it, for a client · does it count now · is the device id well formed · is it the certificate's.
/// </summary>
internal sealed class CertificateGate(IdentityRegistry registry, GatewayCertificates certificates, TimeProvider clock, bool withoutTls)
{
    // By the certificate object, which the streams of a connection share.
    private readonly ConditionalWeakTable<X509Certificate2, PeerIdentity> _known = [];

    /// <summary>Judges the sender of a message that names a device.</summary>
    internal Result<Caller> Admit(HttpContext context, string? deviceId)
    {
        if (withoutTls)
        {
            return AdmitByName(deviceId);
        }

        if (!Authenticate(context).TryGet(out var caller, out var refusal))
        {
            return refusal;
        }

        if (!DeviceId.TryParse(deviceId, out var named))
        {
            return new GateRefusal.InvalidDeviceId();
        }

        return named == caller.Device ? caller : new GateRefusal.DeviceMismatch();
    }

    /// <summary>Judges the certificate of a connection before any message has named a device.</summary>
    internal Result<Caller> Authenticate(HttpContext context)
    {
        if (withoutTls)
        {
            return default(Caller);
        }

        return Identify(context) is { } peer ? Judge(peer, UnixTime.Now(clock)) : new GateRefusal.NoCertificate();
    }

    private Result<Caller> Judge(PeerIdentity peer, UnixTime now)
    {
        if (peer.Refusal is { } refusal)
        {
            return refusal;
        }

        if (!registry.Authenticate(peer.Fingerprint, now).TryGet(out var device, out refusal))
        {
            return refusal;
        }

        // The registry and the certificate must agree, so that a mistake in either lets nobody speak for another.
        if (device != peer.Device)
        {
            return new GateRefusal.DeviceMismatch();
        }

        registry.MarkUsed(peer.Fingerprint, now);
        return new Caller(device, peer.Fingerprint);
    }

    private Result<Caller> AdmitByName(string? deviceId)
    {
        if (!DeviceId.TryParse(deviceId, out var device))
        {
            return new GateRefusal.InvalidDeviceId();
        }

        if (!registry.TryGetIdentity(device, out var identity) || identity.Current is null)
        {
            return new GateRefusal.UnknownDevice();
        }

        return identity.Revocation is null ? new Caller(device, default) : new IdentityRefusal.DeviceRevoked(device);
    }

    private PeerIdentity? Identify(HttpContext context)
    {
        if (context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is not { } certificate)
        {
            return null;
        }

        if (!_known.TryGetValue(certificate, out var peer))
        {
            peer = PeerIdentity.Read(certificate, Verify);
            if (peer.Refusal is not CertificateRefusal.NotYetValid)
            {
                _known.AddOrUpdate(certificate, peer);
            }
        }

        return peer;
    }

    private Result<DeviceId> Verify(X509Certificate2 certificate) => certificates.VerifyDevice(certificate, UnixTime.Now(clock));
}
