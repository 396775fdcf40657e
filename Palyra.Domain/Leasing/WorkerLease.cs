using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Leasing;

/// <summary>One worker bound to one run until an instant. Immutable: a renewal is a new value with the same id and fencing token.</summary>
public sealed record WorkerLease
{
    /// <summary>Names the lease in every later act.</summary>
    public required LeaseId LeaseId { get; init; }

    /// <summary>The worker, in the spelling it registered with.</summary>
    public required WorkerId WorkerId { get; init; }

    /// <summary>The run.</summary>
    public RunId RunId => Grant.RunId;

    /// <summary>From when it is void, whether a sweep has seen that or not. Never later than the grant's or the attestation's expiry.</summary>
    public required UnixTime ExpiresAt { get; init; }

    /// <summary>Rises with every lease of the whole fleet, never with a renewal: the higher one is the younger one.</summary>
    public required ulong FencingToken { get; init; }

    /// <summary>What the run required.</summary>
    public required IReadOnlyList<string> RequiredCapabilities { get; init; }

    /// <summary>The part of the file system it covers.</summary>
    public required WorkspaceScope Workspace { get; init; }

    /// <summary>How its artifacts travel.</summary>
    public required ArtifactTransport Transport { get; init; }

    /// <summary>The permission it was given for.</summary>
    public required RunGrant Grant { get; init; }
}
