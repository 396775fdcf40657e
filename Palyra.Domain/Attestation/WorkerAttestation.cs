using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Attestation;

/// <summary>What a worker claims about itself when it asks to join the fleet. A claim only: <see cref="AttestationDecider"/> judges it.</summary>
/// <remarks>Immutable; lists are copied when they are set.</remarks>
public sealed record WorkerAttestation
{
    /// <summary>The SDK protocol version of an attestation that names none.</summary>
    public const uint DefaultSdkProtocolVersion = 1;

    /// <summary>The ABI version of an attestation that names none.</summary>
    public const string DefaultWitAbiVersion = "palyra-worker-abi/v1";

    /// <summary>The most capabilities a worker may report.</summary>
    public const int MaxCapabilities = 256;

    /// <summary>The longest capability, digest or version text, in UTF-8 bytes.</summary>
    public const int MaxTextBytes = 128;

    private readonly string[] _capabilities = [];

    /// <summary>Who it is. The default, which a missing or over-long id parses to, is refused with <c>MissingWorkerId</c>.</summary>
    public required WorkerId WorkerId { get; init; }

    /// <summary>Digest of the image it booted from; compared as given, without case when it is 64 hex characters.</summary>
    public required string ImageDigest { get; init; }

    /// <summary>Digest of the build; compared like <see cref="ImageDigest"/>.</summary>
    public required string BuildDigest { get; init; }

    /// <summary>Digest of the artifact; compared like <see cref="ImageDigest"/>.</summary>
    public required string ArtifactDigest { get; init; }

    /// <summary>Whether it booted bound to the attested egress proxy.</summary>
    public bool EgressProxyAttested { get; init; }

    /// <summary>What it says it can do; compared without ASCII case. At most <see cref="MaxCapabilities"/> of <see cref="MaxTextBytes"/> bytes.</summary>
    public IReadOnlyList<string> SupportedCapabilities
    {
        get => _capabilities;
        init => _capabilities = [.. value ?? []];
    }

    /// <summary>Digest of the authority that provisioned its capabilities, when it reports one.</summary>
    public string? CapabilityAuthority { get; init; }

    /// <summary>The SDK protocol it speaks.</summary>
    public uint SdkProtocolVersion { get; init; } = DefaultSdkProtocolVersion;

    /// <summary>The ABI it implements.</summary>
    public string WitAbiVersion { get; init; } = DefaultWitAbiVersion;

    /// <summary>Its own last heartbeat; zero or less means "now".</summary>
    public UnixTime HeartbeatAt { get; init; }

    /// <summary>Start of the validity, inclusive.</summary>
    public required UnixTime IssuedAt { get; init; }

    /// <summary>End of the validity, exclusive.</summary>
    public required UnixTime ExpiresAt { get; init; }
}
