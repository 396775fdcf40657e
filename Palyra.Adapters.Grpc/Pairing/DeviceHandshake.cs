using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;

namespace Palyra.Adapters.Grpc.Pairing;

/// <summary>The device's half of the handshake: from the gateway's answer to its begin, the message that completes it.</summary>
public static class DeviceHandshake
{
    /// <summary>A PKCS#10 request for the key that will hold the certificate, which stays where it is.</summary>
    public static byte[] NewCertificateRequest(ECDsa certificateKey, DeviceId device) =>
        new CertificateRequest($"CN=Palyra Device {device}, O=Palyra", certificateKey, HashAlgorithmName.SHA256).CreateSigningRequest();

    /// <summary>Composes the completing message and works out the check code to print.</summary>
    /// <param name="challenge">The gateway's answer to the begin.</param>
    /// <param name="device">This device.</param>
    /// <param name="code">The pairing code.</param>
    /// <param name="signingKey">The device's lasting identity key, P-256.</param>
    /// <param name="certificateRequest">What <see cref="NewCertificateRequest"/> made.</param>
    /// <param name="agreement">A fresh agreement key of <see cref="P256PairingSuite.NewAgreement"/>.</param>
    /// <returns>The message and the check code; <see langword="null"/> when the gateway's key is no point of the curve.</returns>
    public static (PairingCompletion Completion, string CheckCode)? Complete(
        PairingChallenge challenge, DeviceId device, string code, ECDsa signingKey, ReadOnlySpan<byte> certificateRequest, IPairingAgreement agreement)
    {
        ArgumentNullException.ThrowIfNull(challenge);
        ArgumentNullException.ThrowIfNull(signingKey);
        ArgumentNullException.ThrowIfNull(agreement);
        var signingPublic = P256Point.Write(signingKey.ExportParameters(includePrivateParameters: false).Q);
        var payload = PairingTranscript.SignaturePayload(
            challenge.SessionId, challenge.Challenge.Span, challenge.GatewayPublic.Span, device, challenge.ClientKind, code, certificateRequest);
        var context = PairingTranscript.Context(challenge.SessionId, device, challenge.ClientKind, signingPublic, agreement.Public.Span);
        if (agreement.DeriveMac(challenge.GatewayPublic.Span, challenge.Challenge.Span, context) is not { } mac)
        {
            return null;
        }

        var completion = new PairingCompletion
        {
            Version = PairingTranscript.ProtocolVersion,
            SessionId = challenge.SessionId,
            DeviceId = device,
            ClientKind = challenge.ClientKind.ToWireName(),
            Code = code,
            SigningPublic = signingPublic,
            AgreementPublic = agreement.Public,
            ChallengeSignature = signingKey.SignData(payload, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            TranscriptMac = mac,
            CertificateRequest = certificateRequest.ToArray(),
        };
        return (completion, PairingCheckCode.Of(PairingTranscript.Hash(mac)));
    }
}
