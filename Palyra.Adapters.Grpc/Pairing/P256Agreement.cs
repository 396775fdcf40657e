using System.Security.Cryptography;
using Palyra.Domain.Identity;

namespace Palyra.Adapters.Grpc.Pairing;

/// <summary>One side's ephemeral ECDH key over P-256.</summary>
internal sealed class P256Agreement : IPairingAgreement
{
    private readonly ECDiffieHellman _key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    internal P256Agreement() => Public = P256Point.Write(_key.ExportParameters(includePrivateParameters: false).Q);

    public ReadOnlyMemory<byte> Public { get; }

    public byte[]? DeriveMac(ReadOnlySpan<byte> otherPublic, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> context)
    {
        if (!P256Point.TryRead(otherPublic, out var point))
        {
            return null;
        }

        byte[] secret;
        try
        {
            using var other = ECDiffieHellman.Create(P256Point.Parameters(point));
            using var otherKey = other.PublicKey;
            secret = _key.DeriveRawSecretAgreement(otherKey);
        }
        catch (CryptographicException)
        {
            return null; // no point of the curve
        }

        var mac = PairingTranscript.Mac(secret, challenge, context);
        CryptographicOperations.ZeroMemory(secret);
        return mac;
    }

    public void Dispose() => _key.Dispose();
}
