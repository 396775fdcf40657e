using System.Security.Cryptography;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Attestation;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Host.Node;

/// <summary>What a worker claims about what it runs.</summary>
/// <param name="Image">Digest of the image, hex SHA-256.</param>
/// <param name="Build">Digest of the build, hex SHA-256.</param>
/// <param name="Artifact">Digest of the artifact, hex SHA-256.</param>
internal sealed record WorkerDigests(string Image, string Build, string Artifact)
{
    /// <summary>The digests of this very executable: all three are that of the assembly that runs.</summary>
    internal static WorkerDigests OfThisExecutable()
    {
        using var file = File.OpenRead(Path.Combine(AppContext.BaseDirectory, "palyra.dll"));
        var digest = Convert.ToHexStringLower(SHA256.HashData(file));
        return new WorkerDigests(digest, digest, digest);
    }
}

/// <summary>Vouches for a worker with a signing key in a file, after proving to the egress proxy that the worker reaches the world through it.</summary>
/// <param name="keyId">The key's id in the gateway's policy.</param>
/// <param name="keyPem">The private key, ECDSA P-256, PEM.</param>
/// <param name="digests">What runs.</param>
/// <param name="capabilities">The tools the worker offers.</param>
/// <param name="proveEgress">Proves the binding to the proxy; says whether the proxy knows this worker.</param>
/// <param name="clock">Time.</param>
internal sealed class KeyFileAttestor(
    string keyId, string keyPem, WorkerDigests digests, Func<IReadOnlyList<string>> capabilities, Func<CancellationToken, ValueTask<bool>> proveEgress, TimeProvider clock)
    : IWorkerAttestor
{
    private static readonly TimeSpan Validity = TimeSpan.FromHours(12);

    public async ValueTask<byte[]> AttestAsync(DeviceId device, ReadOnlyMemory<byte> challenge, CancellationToken cancellationToken)
    {
        var bound = await proveEgress(cancellationToken);
        return Sign(device, challenge, bound, digests).ToJson();
    }

    /// <summary>A signed envelope over these claims.</summary>
    internal DsseEnvelope Sign(DeviceId device, ReadOnlyMemory<byte> challenge, bool egressProxyAttested, WorkerDigests claimed)
    {
        var now = UnixTime.Now(clock);
        var attestation = new WorkerAttestation
        {
            WorkerId = WorkerId.From(device),
            ImageDigest = claimed.Image,
            BuildDigest = claimed.Build,
            ArtifactDigest = claimed.Artifact,
            EgressProxyAttested = egressProxyAttested,
            SupportedCapabilities = capabilities(),
            IssuedAt = now.AddMilliseconds(-1000L),
            ExpiresAt = now.Add(Validity),
        };
        ChallengeNonce? nonce = ChallengeNonce.TryParse(Convert.ToBase64String(challenge.Span), out var parsed) ? parsed : null;
        using var key = ECDsa.Create();
        key.ImportFromPem(keyPem);
        return AttestationSigner.Sign(new AttestationPayload(attestation, nonce), keyId, key);
    }
}
