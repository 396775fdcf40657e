namespace Palyra.Domain.Leasing;

/// <summary>The digests and names by which the artifacts of one run travel.</summary>
public sealed record ArtifactTransport
{
    /// <summary>Digest of the input manifest.</summary>
    public required string InputManifestDigest { get; init; }

    /// <summary>Digest of the output manifest; empty while it is not known.</summary>
    public required string OutputManifestDigest { get; init; }

    /// <summary>The stream that takes the logs.</summary>
    public required string LogStreamId { get; init; }

    /// <summary>The directory for scratch files.</summary>
    public required string ScratchDirectoryId { get; init; }
}
