using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>The moment a worker last failed closed: an attestation issued until then never admits that id again.</summary>
public readonly record struct FleetMark(WorkerId WorkerId, UnixTime FailedClosedAt);

/// <summary>What of a fleet has to survive a restart of the gateway.</summary>
/// <param name="FencingCeiling">No lease has a token above this one; the next life of the fleet starts above it.</param>
/// <param name="Marks">One mark for each id that ever failed closed.</param>
public sealed record FleetMarks(ulong FencingCeiling, IReadOnlyCollection<FleetMark> Marks)
{
    /// <summary>Those of a fleet that never ran.</summary>
    public static readonly FleetMarks Empty = new(0, []);
}

/// <summary>Keeps the marks of one fleet. Synchronous: written on failures, and before the first lease of every million.</summary>
/// <remarks>
/// A failure to write is an exception, which acts on the fleet give on as <see cref="FleetMarkStoreException"/>. A worker that failed is out all the same by
/// then; nothing is granted until the failure is stored.
/// </remarks>
public interface IFleetMarkStore
{
    /// <summary>The marks stored last; <see cref="FleetMarks.Empty"/> when there never were any.</summary>
    FleetMarks Load();

    /// <summary>Replaces the stored marks, atomically and durably.</summary>
    void Save(FleetMarks marks);
}
