using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using PairingMethod = Palyra.Domain.Pairing.PairingMethod;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>The node's steps of pairing: begin and complete a handshake, then poll until a person has decided.</summary>
internal sealed class PairingFlow(PalyraNodeClientOptions options, NodeIdentityStore store, TimeProvider clock)
{
    private const int Tries = 3;

    internal async Task<Result<NodePairing>> BeginAsync(PairingMethod method, string code, CancellationToken cancellationToken)
    {
        var identity = store.Load() ?? NodeIdentity.New(options.DeviceId ?? NewDeviceId());
        if (options.DeviceId is { } wanted && wanted != identity.DeviceId)
        {
            identity = NodeIdentity.New(wanted);
        }

        using var channel = new GatewayChannel(options, certificate: null, clock);
        try
        {
            var began = await channel.Nodes.BeginPairingSessionAsync(Begin(method, code), channel.Call(cancellationToken)).ConfigureAwait(false);
            return Challenge(began).TryGet(out var challenge, out var refusal)
                ? await CompleteAsync(channel, identity, challenge, code, cancellationToken).ConfigureAwait(false)
                : refusal;
        }
        catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
        {
            return GatewayChannel.Explain(failure);
        }
    }

    internal async Task<Result<DeviceId>> AwaitApprovalAsync(CancellationToken cancellationToken)
    {
        if (store.Load() is not { PendingSession: { } session, PendingKey: not null } identity)
        {
            return new NodeClientRefusal.NoPairingOpen();
        }

        using var channel = new GatewayChannel(options, certificate: null, clock);
        var request = new GetPairingRequestStatusRequest { V = PairingTranscript.ProtocolVersion, SessionId = session.ToString(), DeviceId = NodeMessages.Id(identity.DeviceId) };
        while (true)
        {
            try
            {
                var status = await channel.Nodes.GetPairingRequestStatusAsync(request, channel.Call(cancellationToken)).ConfigureAwait(false);
                if (Judge(status, identity) is { } decided)
                {
                    return decided;
                }
            }
            catch (RpcException failure) when (!cancellationToken.IsCancellationRequested)
            {
                var refusal = GatewayChannel.Explain(failure);
                if (refusal is not NodeClientRefusal.Unreachable)
                {
                    return refusal;
                }
            }

            await Task.Delay(options.PollInterval, clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<Result<NodePairing>> CompleteAsync(
        GatewayChannel channel, NodeIdentity identity, PairingChallenge challenge, string code, CancellationToken cancellationToken)
    {
        using var signingKey = NodeIdentity.Import(identity.SigningKey);
        using var certificateKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var agreement = P256PairingSuite.Instance.NewAgreement();
        var request = DeviceHandshake.NewCertificateRequest(certificateKey, identity.DeviceId);
        if (DeviceHandshake.Complete(challenge, identity.DeviceId, code, signingKey, request, agreement) is not { } answer)
        {
            return new NodeClientRefusal.BadAnswer("gateway_ephemeral_public");
        }

        var (completion, checkCode) = answer;

        // Kept before it is sent: when the answer is lost, or this process dies, the pairing can still be waited for.
        store.Save(identity with { PendingSession = challenge.SessionId, PendingKey = certificateKey.ExportPkcs8PrivateKey(), PendingCheckCode = checkCode });
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await channel.Nodes.CompletePairingSessionAsync(ToWire(completion), channel.Call(cancellationToken)).ConfigureAwait(false);
                return new NodePairing(challenge.SessionId, identity.DeviceId, checkCode);
            }
            catch (RpcException failure) when (attempt < Tries && GatewayChannel.Explain(failure) is NodeClientRefusal.Unreachable)
            {
                // The very same message may be sent again.
                await Task.Delay(options.ReconnectMin, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private Result<DeviceId>? Judge(GetPairingRequestStatusResponse status, NodeIdentity identity)
    {
        if (status.Status == "rejected")
        {
            Forget(identity);
            return new NodeClientRefusal.PairingRejected(status.Reason);
        }

        if (status.Status == "expired")
        {
            Forget(identity);
            return new NodeClientRefusal.PairingExpired(status.Reason);
        }

        if (!status.Paired || status.MtlsClientCertificatePem.Length == 0)
        {
            return null;
        }

        return Accept(status, identity);
    }

    private Result<DeviceId> Accept(GetPairingRequestStatusResponse status, NodeIdentity identity)
    {
        try
        {
            using var authority = X509Certificate2.CreateFromPem(status.GatewayCaCertificatePem);
            if (!options.Trust.IsAuthority(authority))
            {
                return new NodeClientRefusal.BadAnswer("gateway_ca_certificate_pem");
            }

            if (!IssuedCertificates.IsFor(status.MtlsClientCertificatePem, identity.PendingKey!, identity.DeviceId, authority, UnixTime.Now(clock)))
            {
                return new NodeClientRefusal.BadAnswer("mtls_client_certificate_pem");
            }
        }
        catch (CryptographicException)
        {
            return new NodeClientRefusal.BadAnswer("gateway_ca_certificate_pem");
        }

        store.Save(new NodeIdentity
        {
            DeviceId = identity.DeviceId,
            SigningKey = identity.SigningKey,
            CertificateKey = identity.PendingKey,
            CertificatePem = status.MtlsClientCertificatePem,
            GatewayCaPem = status.GatewayCaCertificatePem,
        });
        return identity.DeviceId;
    }

    private void Forget(NodeIdentity identity) => store.Save(identity with { PendingSession = null, PendingKey = null, PendingCheckCode = null });

    private BeginPairingSessionRequest Begin(PairingMethod method, string code) => new()
    {
        V = PairingTranscript.ProtocolVersion,
        ClientKind = options.ClientKind.ToWireName(),
        Method = method == PairingMethod.Qr ? new Wire.Node.PairingMethod { QrToken = code } : new Wire.Node.PairingMethod { PinCode = code },
    };

    private Result<PairingChallenge> Challenge(BeginPairingSessionResponse began)
    {
        if (!PairingSessionId.TryParse(began.SessionId, out var session))
        {
            return new NodeClientRefusal.BadAnswer("session_id");
        }

        return began.Challenge.Length == PairingTranscript.ChallengeLength
            ? new PairingChallenge(session, options.ClientKind, began.GatewayEphemeralPublic.Memory, began.Challenge.Memory, new UnixTime((long)Math.Min(began.ExpiresAtUnixMs, long.MaxValue)))
            : new NodeClientRefusal.BadAnswer("challenge");
    }

    private static CompletePairingSessionRequest ToWire(PairingCompletion completion) => new()
    {
        V = completion.Version,
        SessionId = completion.SessionId.ToString(),
        DeviceId = NodeMessages.Id(completion.DeviceId),
        ClientKind = completion.ClientKind,
        Proof = completion.Code,
        DeviceSigningPublic = ByteString.CopyFrom(completion.SigningPublic.Span),
        DeviceX25519Public = ByteString.CopyFrom(completion.AgreementPublic.Span),
        ChallengeSignature = ByteString.CopyFrom(completion.ChallengeSignature.Span),
        TranscriptMac = ByteString.CopyFrom(completion.TranscriptMac.Span),
        CertificateSigningRequest = ByteString.CopyFrom(completion.CertificateRequest.Span),
    };

    private DeviceId NewDeviceId() => new(Ulid.Create(UnixTime.Now(clock), RandomNumberGenerator.GetBytes(Ulid.RandomLength)));
}
