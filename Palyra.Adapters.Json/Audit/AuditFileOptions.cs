namespace Palyra.Adapters.Json.Audit;

/// <summary>Where the audit trail is kept and how often it is sealed.</summary>
public sealed record AuditFileOptions
{
    /// <summary>The folder of the trail's files, created if absent. Required.</summary>
    public required string Folder { get; init; }

    /// <summary>A file that has grown beyond this many bytes is closed and the next one begun.</summary>
    public long MaxFileBytes { get; init; } = 64L << 20;

    /// <summary>A checkpoint is signed after this many records at the latest …</summary>
    public int CheckpointEvery { get; init; } = 4096;

    /// <summary>… or this long after the first record that none covers, whichever comes first. Until then a cut end cannot be told from a crash.</summary>
    public TimeSpan CheckpointAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many records may wait to be written before whoever appends has to wait.</summary>
    public int QueueCapacity { get; init; } = 8192;

    internal void ThrowIfInvalid()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Folder);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFileBytes, 4096);
        ArgumentOutOfRangeException.ThrowIfLessThan(CheckpointEvery, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(CheckpointAfter, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueCapacity, 1);
    }
}
