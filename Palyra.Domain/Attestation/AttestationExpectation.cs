namespace Palyra.Domain.Attestation;

/// <summary>What the fleet expects of every attestation. A digest that is <see langword="null"/> is not checked; the default requires the egress proxy.</summary>
public sealed record AttestationExpectation
{
    /// <summary>Whether a worker must have booted bound to the egress proxy. On by default.</summary>
    public bool RequireEgressProxy { get; init; } = true;

    /// <summary>The only image digest accepted, if set.</summary>
    public string? ImageDigest { get; init; }

    /// <summary>The only build digest accepted, if set.</summary>
    public string? BuildDigest { get; init; }

    /// <summary>The only artifact digest accepted, if set.</summary>
    public string? ArtifactDigest { get; init; }
}
