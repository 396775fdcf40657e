using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>
/// What a fleet never forgets: when each id last failed closed, registered or not, and how far fencing tokens have risen. Not thread-safe.
/// </summary>
internal sealed class FleetMemory
{
    // Tokens are reserved on disk in blocks, so that a lease does not wait for a write; a restart skips the rest of a block.
    private const ulong TokenBlock = 1 << 20;

    private readonly IFleetMarkStore? _store;
    private readonly Dictionary<WorkerId, UnixTime> _marks = [];
    private ulong _lastToken;
    private ulong _ceiling;
    private bool _isDirty;

    internal FleetMemory(IFleetMarkStore? store)
    {
        _store = store;
        var stored = store?.Load() ?? FleetMarks.Empty;
        (_lastToken, _ceiling) = (stored.FencingCeiling, stored.FencingCeiling);
        foreach (var mark in stored.Marks)
        {
            _marks[mark.WorkerId] = mark.FailedClosedAt;
        }
    }

    internal ulong NextFencingToken => _lastToken + 1;

    /// <summary>When a worker of this id last failed closed, in any life of the id or of the gateway.</summary>
    internal UnixTime? FailedClosedAt(WorkerId worker) => _marks.TryGetValue(worker, out var at) ? at : null;

    /// <summary>
    /// Reserves the next token, and saves what earlier acts could not. INVARIANT: nothing is granted before both are on disk, and a token is above every
    /// earlier one, also those of an earlier life of the gateway.
    /// </summary>
    internal void ReserveFencingToken()
    {
        if (NextFencingToken > _ceiling)
        {
            _ceiling = NextFencingToken + TokenBlock;
            _isDirty = true;
        }

        Flush();
    }

    internal void UseFencingToken() => _lastToken++;

    internal void Mark(WorkerId worker, UnixTime failedClosedAt)
    {
        if (FailedClosedAt(worker) != failedClosedAt)
        {
            _marks[worker] = failedClosedAt;
            _isDirty = true;
        }
    }

    /// <summary>
    /// Saves what changed. Called after a failure is applied and published and before it is answered: a failing disk must not keep a worker in, or its egress
    /// open. What could not be saved is saved with the next change, and before anything is granted.
    /// </summary>
    internal void Flush()
    {
        if (_isDirty && _store is not null)
        {
            try
            {
                _store.Save(new FleetMarks(_ceiling, [.. _marks.Select(mark => new FleetMark(mark.Key, mark.Value))]));
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                throw new FleetMarkStoreException($"The marks of the fleet could not be stored: {failure.Message}", failure);
            }
        }

        _isDirty = false;
    }
}
