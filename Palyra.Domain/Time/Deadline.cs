namespace Palyra.Domain.Time;

/// <summary>Something that becomes due. It knows its place in the one heap it may be in.</summary>
internal abstract class Deadline
{
    internal const int NotScheduled = -1;

    internal UnixTime Due { get; set; }

    internal int Index { get; set; } = NotScheduled;
}
