using System.Text;
using Palyra.Domain.Fleet;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Attestation;

/// <summary>Whether an attestation holds under a policy at an instant. Pure; the first failing check wins.</summary>
public static class AttestationDecider
{
    /// <summary>The checks that hold for as long as a worker works: at registration, at every heartbeat and before every lease.</summary>
    /// <returns>The first refusal, or <see langword="null"/> when the attestation holds.</returns>
    public static Refusal? Check(WorkerAttestation attestation, CompiledFleetPolicy policy, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(attestation);
        ArgumentNullException.ThrowIfNull(policy);
        if (attestation.WorkerId.IsEmpty)
        {
            return new AttestationRefusal.MissingWorkerId();
        }

        if (attestation.IssuedAt > now)
        {
            return new AttestationRefusal.NotYetValid(attestation.WorkerId, "issued_at_unix_ms");
        }

        if (attestation.ExpiresAt <= now)
        {
            return new AttestationRefusal.Expired(attestation.WorkerId);
        }

        return CheckClaims(attestation, policy);
    }

    /// <summary>The checks of admission: <see cref="Check"/>, then what can only be wrong at the door.</summary>
    /// <returns>The first refusal, or <see langword="null"/> when the attestation may be admitted.</returns>
    public static Refusal? CheckAdmission(WorkerAttestation attestation, CompiledFleetPolicy policy, UnixTime now)
    {
        if (Check(attestation, policy, now) is { } refusal)
        {
            return refusal;
        }

        // 0 or less stands for now, which is never ahead of it, not even at a time before the epoch.
        return attestation.HeartbeatAt.Milliseconds > 0 && attestation.HeartbeatAt > now.AddMilliseconds(policy.Options.MaxHeartbeatSkewMs)
            ? new AttestationRefusal.NotYetValid(attestation.WorkerId, "heartbeat_unix_ms")
            : CheckBounds(attestation);
    }

    /// <summary>The part of <see cref="Check"/> that does not depend on time: it changes only with the policy.</summary>
    internal static Refusal? CheckClaims(WorkerAttestation attestation, CompiledFleetPolicy policy)
    {
        var worker = attestation.WorkerId;
        var expected = policy.Options.Attestation;
        if (expected.RequireEgressProxy && !attestation.EgressProxyAttested)
        {
            return new AttestationRefusal.MissingEgressProxyBinding(worker);
        }

        if (Differs(expected.ImageDigest, attestation.ImageDigest))
        {
            return new AttestationRefusal.DigestMismatch(worker, "image");
        }

        if (Differs(expected.BuildDigest, attestation.BuildDigest))
        {
            return new AttestationRefusal.DigestMismatch(worker, "build");
        }

        if (Differs(expected.ArtifactDigest, attestation.ArtifactDigest))
        {
            return new AttestationRefusal.DigestMismatch(worker, "artifact");
        }

        if (CheckCompatibility(attestation, policy.Options) is { } mismatch)
        {
            return new AttestationRefusal.CompatibilityMismatch(worker, mismatch);
        }

        var window = attestation.ExpiresAt.MillisecondsSince(attestation.IssuedAt);
        return window > 0 && (ulong)window > policy.Options.MaxAttestationValidityMs ? new AttestationRefusal.ValidityTooLong(worker) : null;
    }

    private static string? CheckCompatibility(WorkerAttestation attestation, WorkerFleetPolicy policy)
    {
        if (policy.RequiredCapabilityAuthority is { } authority)
        {
            if (attestation.CapabilityAuthority is null)
            {
                return "A capability authority digest is required and absent.";
            }

            if (!DigestText.FixedTimeEqualsAsGiven(authority, attestation.CapabilityAuthority))
            {
                return "The capability authority digest is not the required one.";
            }
        }

        if (policy.RequiredSdkProtocolVersion is { } sdk && attestation.SdkProtocolVersion != sdk)
        {
            return $"SDK protocol version {attestation.SdkProtocolVersion} instead of {sdk}.";
        }

        return policy.RequiredWitAbiVersion is { } abi && !string.Equals(attestation.WitAbiVersion, abi, StringComparison.Ordinal)
            ? $"WIT ABI version {Shorten(attestation.WitAbiVersion)} instead of {abi}."
            : null;
    }

    private static AttestationRefusal.InvalidAttestation? CheckBounds(WorkerAttestation attestation)
    {
        if (attestation.SupportedCapabilities.Count > WorkerAttestation.MaxCapabilities)
        {
            return new AttestationRefusal.InvalidAttestation("supported_capabilities", $"More than {WorkerAttestation.MaxCapabilities} capabilities.");
        }

        foreach (var capability in attestation.SupportedCapabilities)
        {
            if (IsOverlong(capability))
            {
                return new AttestationRefusal.InvalidAttestation(
                    "supported_capabilities", $"A capability is over {WorkerAttestation.MaxTextBytes} UTF-8 bytes.");
            }
        }

        var overlong = IsOverlong(attestation.ImageDigest) ? "image_digest_sha256"
            : IsOverlong(attestation.BuildDigest) ? "build_digest_sha256"
            : IsOverlong(attestation.ArtifactDigest) ? "artifact_digest_sha256"
            : IsOverlong(attestation.CapabilityAuthority) ? "capability_authority_sha256"
            : IsOverlong(attestation.WitAbiVersion) ? "wit_abi_version"
            : null;
        return overlong is null
            ? null
            : new AttestationRefusal.InvalidAttestation(overlong, $"The text is over {WorkerAttestation.MaxTextBytes} UTF-8 bytes.");
    }

    private static bool Differs(string? expected, string actual) => expected is not null && !DigestText.FixedTimeEquals(expected, actual);

    private static bool IsOverlong(string? text) =>
        text is not null && (text.Length > WorkerAttestation.MaxTextBytes || Encoding.UTF8.GetByteCount(text) > WorkerAttestation.MaxTextBytes);

    private static string Shorten(string text) => text[..Math.Min(text.Length, WorkerAttestation.MaxTextBytes)];
}
