using System.Collections.Immutable;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Audit;

/// <summary>One line of the audit trail: who did what, and how it ended. Never a secret, never a query string.</summary>
public sealed record AuditRecord
{
    /// <summary>The most further fields of a record; a sink drops the rest.</summary>
    public const int MaxFields = 32;

    /// <summary>When it ended.</summary>
    public required UnixTime At { get; init; }

    /// <summary>The stable name of the act, e.g. <c>egress.request</c>, <c>egress.tunnel</c>, <c>pairing.codes_invalidated</c>.</summary>
    public required string Event { get; init; }

    /// <summary>How it ended; denied unless said otherwise.</summary>
    public AuditOutcome Outcome { get; init; }

    /// <summary>The stable reason code; empty when there is none.</summary>
    public string ReasonCode { get; init; } = "";

    /// <summary>Who: a worker, a device or an operator; empty when unknown.</summary>
    public string Actor { get; init; } = "";

    /// <summary>The lease, if there is one.</summary>
    public LeaseId LeaseId { get; init; }

    /// <summary>The run, if there is one.</summary>
    public RunId RunId { get; init; }

    /// <summary>Further facts as names and short texts, in this order; the names are the event's own.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Fields { get; init; } = [];
}
