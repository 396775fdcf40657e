using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Who asks: the worker behind a client certificate, or the holder of a lease's egress token; and whether a live lease stands behind it.</summary>
internal sealed class CallerGate(LeaseEgress egress, ProxyBindings bindings, IClientCertificateGate? gate, TimeProvider clock)
{
    /// <summary>
    /// The live session of the caller, or <see langword="null"/>. A token that is present must be good even next to a certificate, and then
    /// belong to the same worker: a token does not travel to another device.
    /// </summary>
    internal EgressSession? Identify(ClientConnection client, RequestHead request, ReadOnlySpan<byte> head)
    {
        var now = UnixTime.Now(clock);
        var worker = WorkerOf(client, now);
        if (client.Certificate is not null && worker is null)
        {
            // A certificate that is not, or no longer, good speaks for nobody, whatever token comes with it.
            return null;
        }

        if (request.Fields.Find(KnownHeader.ProxyAuthorization, head, out var credentials) == 0)
        {
            return worker is { } known ? egress.TryAuthorize(known, now).ValueOrDefault : null;
        }

        var session = TryReadBearer(credentials, out var token) ? egress.TryAuthorize(token, now).ValueOrDefault : null;
        return session is not null && (worker is null || worker == session.WorkerId) ? session : null;
    }

    /// <summary>The worker whose certificate the client holds; the handshake is its proof that it reaches the world through this proxy.</summary>
    internal WorkerId? WorkerOf(ClientConnection client, UnixTime now)
    {
        if (client.Certificate is not { } certificate || gate is null || !gate.TryIdentify(certificate, out var device))
        {
            return null;
        }

        var worker = WorkerId.From(device);
        bindings.Prove(worker, now);
        return worker;
    }

    private static bool TryReadBearer(ReadOnlySpan<byte> credentials, out ReadOnlySpan<byte> token)
    {
        token = default;
        if (credentials.Length < 8 || !Ascii.EqualsIgnoreCase(credentials[..7], "bearer "u8))
        {
            return false;
        }

        token = credentials[7..].TrimStart((byte)' ');
        return true;
    }
}
