using System.Collections.Frozen;
using Palyra.Domain.Attestation;

namespace Palyra.Domain.Fleet;

/// <summary>A policy checked and prepared once: trusted capabilities in a frozen set, signer keys imported. Immutable and safe to share.</summary>
public sealed class CompiledFleetPolicy
{
    private const int MaxSigners = 64;
    private const int MaxTrustedCapabilities = 4096;

    private CompiledFleetPolicy(WorkerFleetPolicy options, (TrustedSigner, SignatureKey)[] signers)
    {
        Options = options;
        Signers = signers;
        TrustedCapabilities = options.TrustedCapabilities.ToFrozenSet(AsciiIgnoreCase.Comparer);
        HeartbeatTimeoutMs = options.HeartbeatTimeoutMs > long.MaxValue ? long.MaxValue : (long)options.HeartbeatTimeoutMs;
    }

    /// <summary>The policy as it was stated.</summary>
    public WorkerFleetPolicy Options { get; }

    /// <summary>What workers may be leased for at all, without ASCII case.</summary>
    public FrozenSet<string> TrustedCapabilities { get; }

    /// <summary>Whether a worker may join by its bare word: asked for by name, and nobody is trusted to sign.</summary>
    public bool AcceptsUnsigned => Options.AllowUnsignedAttestations && Signers.Length == 0;

    internal long HeartbeatTimeoutMs { get; }

    internal (TrustedSigner Signer, SignatureKey Key)[] Signers { get; }

    /// <summary>Checks and prepares a policy.</summary>
    /// <exception cref="ArgumentException">A value out of its range, a signer doubled or with a key of another kind, or a threshold that no attestation could meet.</exception>
    public static CompiledFleetPolicy Compile(WorkerFleetPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Require(policy.MaxWorkers >= 0, "MaxWorkers must not be negative.");
        Require(policy.TrustedCapabilities is { Count: <= MaxTrustedCapabilities } trusted && !trusted.Contains(null!), $"At most {MaxTrustedCapabilities} trusted capabilities, none null.");
        Require(policy.Attestation is not null, "Attestation must be set.");
        Require(policy.TrustedSigners is { Count: <= MaxSigners }, $"At most {MaxSigners} trusted signers.");
        Require(policy.SignerThreshold >= 1, "SignerThreshold must be at least 1.");
        Require(
            policy.TrustedSigners!.Count == 0 || policy.SignerThreshold <= policy.TrustedSigners.Count,
            "SignerThreshold is above the number of trusted signers: no attestation could meet it.");
        var signers = new (TrustedSigner, SignatureKey)[policy.TrustedSigners.Count];
        for (var i = 0; i < signers.Length; i++)
        {
            var signer = policy.TrustedSigners[i];
            Require(signer is not null && signer.KeyId is { Length: > 0 and <= 256 }, "A signer's key id must be 1 to 256 characters.");
            var key = SignatureKey.Import(signer!.PublicKey);
            // One key under two ids would count twice towards the threshold.
            Require(
                !Array.Exists(signers[..i], other => other.Item1.KeyId == signer.KeyId || other.Item2.Spki.SequenceEqual(key.Spki)),
                $"The signer {signer.KeyId} is given twice, by id or by key.");
            signers[i] = (signer, key);
        }

        return new CompiledFleetPolicy(policy, signers);
    }

    /// <summary>Whether every required capability is both trusted by the policy and reported by the worker.</summary>
    public bool Covers(WorkerAttestation attestation, IReadOnlyList<string> required)
    {
        ArgumentNullException.ThrowIfNull(attestation);
        ArgumentNullException.ThrowIfNull(required);
        for (var i = 0; i < required.Count; i++)
        {
            if (!TrustedCapabilities.Contains(required[i]) || !attestation.SupportedCapabilities.Contains(required[i], AsciiIgnoreCase.Comparer))
            {
                return false;
            }
        }

        return true;
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new ArgumentException(problem);
        }
    }
}
