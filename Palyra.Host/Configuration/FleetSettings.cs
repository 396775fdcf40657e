using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;

namespace Palyra.Host.Configuration;

/// <summary>Reads the rules of the fleet, and complains when they hold one by one but not together.</summary>
internal static class FleetSettings
{
    /// <summary>What may stand in the way of the whole; each can be taken out, until it holds.</summary>
    private static readonly (string Name, Func<WorkerFleetPolicy, WorkerFleetPolicy> Without)[] Causes =
    [
        ("fleet.signer_threshold", static policy => policy with { SignerThreshold = 1 }),
        (SignerSettings.Name, static policy => policy with { TrustedSigners = [] }),
        ("fleet.trusted_capabilities", static policy => policy with { TrustedCapabilities = [] }),
    ];

    internal static WorkerFleetPolicy Read(SettingsReader reader, IReadOnlyList<TrustedSigner> signers)
    {
        var byDefault = new WorkerFleetPolicy();
        var policy = byDefault with
        {
            MaxTtlMs = (ulong)reader.Number("fleet.max_ttl_ms", (long)byDefault.MaxTtlMs, 1, 86_400_000),
            HeartbeatTimeoutMs = (ulong)reader.Number("fleet.heartbeat_timeout_ms", (long)byDefault.HeartbeatTimeoutMs, 100, 86_400_000),
            TrustedCapabilities = reader.Texts("fleet.trusted_capabilities", byDefault.TrustedCapabilities),
            RequiredCapabilityAuthority = reader.Text("fleet.required_capability_authority_sha256", null),
            MaxWorkers = (int)reader.Number("fleet.max_workers", byDefault.MaxWorkers, 1, 10_000_000),
            AllowUnsignedAttestations = reader.Flag("fleet.allow_unsigned_attestations", false),
            SignerThreshold = (int)reader.Number("fleet.signer_threshold", 1, 1, 100),
            TrustedSigners = signers,
            Attestation = new AttestationExpectation
            {
                RequireEgressProxy = reader.Flag("fleet.attestation.require_egress_proxy", true),
                ImageDigest = reader.Text("fleet.attestation.image_digest_sha256", null),
                BuildDigest = reader.Text("fleet.attestation.build_digest_sha256", null),
                ArtifactDigest = reader.Text("fleet.attestation.artifact_digest_sha256", null),
            },
        };

        // Of a signer that was not read, the count would complain once more.
        if (reader.Errors.Count == 0 && Problem(policy) is { } problem)
        {
            reader.Complain(CauseOf(policy), $"does not hold. {problem}");
        }

        return policy;
    }

    private static string CauseOf(WorkerFleetPolicy policy)
    {
        var cause = SignerSettings.Name;
        foreach (var (name, without) in Causes)
        {
            (cause, policy) = (name, without(policy));
            if (Problem(policy) is null)
            {
                break;
            }
        }

        return cause;
    }

    private static string? Problem(WorkerFleetPolicy policy)
    {
        try
        {
            _ = CompiledFleetPolicy.Compile(policy);
            return null;
        }
        catch (ArgumentException problem)
        {
            return problem.Message;
        }
    }
}
