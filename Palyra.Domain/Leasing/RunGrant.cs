using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Leasing;

/// <summary>The short-lived permission of one run to use one tool. Leased once.</summary>
public sealed record RunGrant
{
    /// <summary>Names the grant; the default, which an empty or over-long text parses to, is refused.</summary>
    public required GrantId GrantId { get; init; }

    /// <summary>The run it was given to; has to be the run of the request.</summary>
    public required RunId RunId { get; init; }

    /// <summary>The tool it is for.</summary>
    public required string ToolName { get; init; }

    /// <summary>From when it is worth nothing; no lease outlives it.</summary>
    public required UnixTime ExpiresAt { get; init; }
}
