using System.Security.Cryptography;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>A device's side of pairing handshakes.</summary>
internal sealed class DeviceUnderPairing(DeviceId device) : IDisposable
{
    public DeviceId Id { get; } = device;

    public ECDsa SigningKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa CertificateKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public (PairingCompletion Completion, string CheckCode) Answer(PairingChallenge challenge, string code, byte[]? certificateRequest = null)
    {
        using var agreement = P256PairingSuite.Instance.NewAgreement();
        return DeviceHandshake.Complete(challenge, Id, code, SigningKey, certificateRequest ?? DeviceHandshake.NewCertificateRequest(CertificateKey, Id), agreement)!.Value;
    }

    public void Dispose()
    {
        SigningKey.Dispose();
        CertificateKey.Dispose();
    }
}

internal static class Handshakes
{
    public static PairingCode Pin(string code = "123456") => new()
    {
        Code = code,
        Method = PairingMethod.Pin,
        IssuedBy = "operator",
        CreatedAt = Identities.Start,
        ExpiresAt = Identities.Start.Add(TimeSpan.FromMinutes(10)),
    };

    public static PairingChallenge Begin(PairingSessions sessions, UnixTime now, string code = "123456", ClientKind kind = ClientKind.Node)
    {
        var session = sessions.Open(sessions.NewId(now), kind, Pin(code), now).Value;
        return new PairingChallenge(session.Id, kind, session.Agreement.Public, session.Challenge, session.ExpiresAt);
    }
}

/// <summary>Randomness from the platform.</summary>
internal sealed class TestEntropy : IEntropy
{
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}
