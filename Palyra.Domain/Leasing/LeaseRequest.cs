using Palyra.Domain.Ids;

namespace Palyra.Domain.Leasing;

/// <summary>What a run asks of a worker. Immutable; the list is copied when it is set.</summary>
public sealed record LeaseRequest
{
    /// <summary>The most capabilities a request may require.</summary>
    public const int MaxCapabilities = 256;

    private readonly string[] _capabilities = [];

    /// <summary>The run; the default, which an empty or over-long text parses to, is refused.</summary>
    public required RunId RunId { get; init; }

    /// <summary>How long, in milliseconds: at least 1, at most the policy's maximum.</summary>
    public required ulong TtlMs { get; init; }

    /// <summary>What the worker has to be trusted with and report; compared without ASCII case. Order and duplicates do not matter.</summary>
    public IReadOnlyList<string> RequiredCapabilities
    {
        get => _capabilities;
        init => _capabilities = value is { Count: > 0 } ? [.. value] : [];
    }

    /// <summary>The part of the file system it needs.</summary>
    public required WorkspaceScope Workspace { get; init; }

    /// <summary>How its artifacts travel.</summary>
    public required ArtifactTransport Transport { get; init; }

    /// <summary>The permission it comes with.</summary>
    public required RunGrant Grant { get; init; }
}
