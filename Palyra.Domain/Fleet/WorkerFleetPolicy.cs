using Palyra.Domain.Attestation;

namespace Palyra.Domain.Fleet;

/// <summary>The rules of a fleet, as an operator states them. Compiled once, see <see cref="CompiledFleetPolicy"/>.</summary>
public sealed record WorkerFleetPolicy
{
    /// <summary>The longest lease, in milliseconds. 15 minutes.</summary>
    public ulong MaxTtlMs { get; init; } = 15 * 60 * 1000;

    /// <summary>How old a heartbeat may be, in milliseconds. 30 seconds.</summary>
    public ulong HeartbeatTimeoutMs { get; init; } = 30_000;

    /// <summary>What workers may be leased for at all; compared without ASCII case.</summary>
    public IReadOnlyList<string> TrustedCapabilities { get; init; } = ["tool:palyra.echo", "tool:palyra.sleep"];

    /// <summary>The only capability authority accepted, if set.</summary>
    public string? RequiredCapabilityAuthority { get; init; }

    /// <summary>The only SDK protocol version accepted; <see langword="null"/> for any.</summary>
    public uint? RequiredSdkProtocolVersion { get; init; } = WorkerAttestation.DefaultSdkProtocolVersion;

    /// <summary>The only ABI version accepted; <see langword="null"/> for any.</summary>
    public string? RequiredWitAbiVersion { get; init; } = WorkerAttestation.DefaultWitAbiVersion;

    /// <summary>What every attestation has to show.</summary>
    public AttestationExpectation Attestation { get; init; } = new();

    /// <summary>The most workers registered at once; the next one is refused with <c>FleetFull</c>.</summary>
    public int MaxWorkers { get; init; } = 10_000;

    /// <summary>The longest validity of an attestation, in milliseconds. 24 hours.</summary>
    public ulong MaxAttestationValidityMs { get; init; } = 24 * 60 * 60 * 1000;

    /// <summary>How far a first heartbeat may lie in the future, in milliseconds. 5 seconds.</summary>
    public ulong MaxHeartbeatSkewMs { get; init; } = 5_000;

    /// <summary>Who may vouch for workers.</summary>
    public IReadOnlyList<TrustedSigner> TrustedSigners { get; init; } = [];

    /// <summary>How many distinct signers have to vouch for an attestation.</summary>
    public int SignerThreshold { get; init; } = 1;

    /// <summary>Whether an attestation without an envelope is accepted. Off unless asked for by name; never on when there are trusted signers.</summary>
    public bool AllowUnsignedAttestations { get; init; }
}
