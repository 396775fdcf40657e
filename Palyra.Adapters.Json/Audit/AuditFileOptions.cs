using Microsoft.Extensions.Options;

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

    /// <summary>Everything that is wrong with these options; empty when they can be used.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        Check(!string.IsNullOrWhiteSpace(Folder), $"{nameof(Folder)} is missing.");
        Check(MaxFileBytes >= 4096, $"{nameof(MaxFileBytes)} is less than 4 KiB.");
        Check(CheckpointEvery >= 1, $"{nameof(CheckpointEvery)} is not positive.");
        Check(CheckpointAfter > TimeSpan.Zero, $"{nameof(CheckpointAfter)} is not positive.");
        Check(QueueCapacity >= 1, $"{nameof(QueueCapacity)} is not positive.");
        return problems;

        void Check(bool holds, string problem)
        {
            if (!holds)
            {
                problems.Add($"{nameof(AuditFileOptions)}.{problem}");
            }
        }
    }

    /// <summary>The options of a host as its container asks for them: refused, all mistakes named, when one does not hold.</summary>
    internal sealed class Factory(AuditFileOptions options) : IOptionsFactory<AuditFileOptions>
    {
        public AuditFileOptions Create(string name) => options.Problems() is { Count: > 0 } problems
            ? throw new OptionsValidationException(name, typeof(AuditFileOptions), problems)
            : options;
    }
}
