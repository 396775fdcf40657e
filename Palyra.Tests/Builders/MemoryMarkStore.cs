using Palyra.Domain.Fleet;

namespace Palyra.Tests.Builders;

/// <summary>The marks of a fleet in memory; a test may break it.</summary>
internal sealed class MemoryMarkStore : IFleetMarkStore
{
    internal FleetMarks Saved { get; set; } = FleetMarks.Empty;

    internal int Writes { get; private set; }

    internal bool IsBroken { get; set; }

    public FleetMarks Load() => Saved;

    public void Save(FleetMarks marks)
    {
        if (IsBroken)
        {
            throw new IOException("The disk is full.");
        }

        (Saved, Writes) = (marks, Writes + 1);
    }
}
