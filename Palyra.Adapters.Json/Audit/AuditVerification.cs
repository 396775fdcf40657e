using Palyra.Domain.Audit;

namespace Palyra.Adapters.Json.Audit;

/// <summary>What a walk over one file of the trail found.</summary>
public sealed record AuditVerification
{
    /// <summary>Whether every record is in its place and the file reaches as far as its newest checkpoint says.</summary>
    public bool IsIntact => Damage == AuditDamage.None;

    /// <summary>What is wrong.</summary>
    public required AuditDamage Damage { get; init; }

    /// <summary>One sentence that names the first broken record.</summary>
    public required string Message { get; init; }

    /// <summary>The line of the first broken record, from 1; 0 when intact or when no line is to blame.</summary>
    public long BrokenLine { get; init; }

    /// <summary>The number of the first broken record; 0 when intact.</summary>
    public ulong BrokenNumber { get; init; }

    /// <summary>The number of the file's first record.</summary>
    public ulong FirstNumber { get; init; }

    /// <summary>The number of the last good record.</summary>
    public ulong LastNumber { get; init; }

    /// <summary>The chain's state before the file's first record.</summary>
    public AuditHash PreviousHash { get; init; }

    /// <summary>The chain's state after the last good record.</summary>
    public AuditHash LastHash { get; init; }

    /// <summary>How many checkpoints with a good signature there are.</summary>
    public int Checkpoints { get; init; }

    /// <summary>How many records lie behind the newest checkpoint: a cut there could not be seen.</summary>
    public ulong Uncovered { get; init; }

    /// <summary>The bytes of an incomplete last line, which a crash leaves behind.</summary>
    public long TornBytes { get; init; }

    /// <summary>The file that the last record hands over to; empty when the trail does not go on.</summary>
    public string NextFile { get; init; } = "";
}
