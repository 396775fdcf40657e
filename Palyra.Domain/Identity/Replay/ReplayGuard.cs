using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity.Replay;

/// <summary>
/// Remembers which nonces each device used, so that a recorded message cannot be played again. Memory is bounded; when the bound is
/// reached it refuses rather than forgets. Safe for concurrent callers.
/// </summary>
/// <remarks>
/// A nonce is kept as the first 128 bits of its SHA-256, so that its length does not matter. A clock that leaps ahead and back does not
/// revive a nonce: timestamps that a forgotten nonce may have carried stay refused.
/// </remarks>
public sealed class ReplayGuard
{
    private readonly Lock _lock = new();
    private readonly ReplayGuardLimits _limits;
    private readonly Dictionary<DeviceId, HashSet<UInt128>> _seen = [];
    private readonly Queue<(UnixTime ForgetAt, DeviceId Device, UInt128 Nonce)> _order = [];
    private UnixTime _latest = UnixTime.MinValue;
    private UnixTime _forgottenUpTo = UnixTime.MinValue;

    /// <summary>A guard that has seen nothing.</summary>
    public ReplayGuard(ReplayGuardLimits? limits = null)
    {
        _limits = limits ?? new ReplayGuardLimits();
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.NoncesPerDevice, 1, nameof(limits));
        ArgumentOutOfRangeException.ThrowIfLessThan(_limits.NoncesInAll, 1, nameof(limits));
    }

    /// <summary>How many nonces are remembered, over all devices.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _order.Count;
            }
        }
    }

    /// <summary>Accepts a message once. The default device stands for callers that have no identity yet; they share one window.</summary>
    /// <returns><c>invalid_nonce</c>, <c>replay_detected</c> or <c>replay_window_full</c> when refused.</returns>
    public Result Accept(DeviceId device, ReadOnlySpan<char> nonce, UnixTime timestamp, UnixTime now)
    {
        if (ReplayRule.Judge(nonce, timestamp, now) is { IsOk: false } refused)
        {
            return refused;
        }

        var key = Digest(nonce);
        lock (_lock)
        {
            _latest = UnixTime.Max(_latest, now);
            Forget_NeedsLock();
            return timestamp <= _forgottenUpTo ? new ReplayRefusal.StaleTimestamp() : Remember_NeedsLock(device, key);
        }
    }

    private Result Remember_NeedsLock(DeviceId device, UInt128 key)
    {
        if (_seen.TryGetValue(device, out var nonces))
        {
            if (nonces.Contains(key))
            {
                return new ReplayRefusal.NonceSeen(device);
            }

            if (nonces.Count >= _limits.NoncesPerDevice)
            {
                return new ReplayRefusal.WindowFull(device);
            }
        }

        if (_order.Count >= _limits.NoncesInAll)
        {
            return new ReplayRefusal.WindowFull(device);
        }

        if (nonces is null)
        {
            _seen[device] = nonces = [];
        }

        nonces.Add(key);
        _order.Enqueue((ReplayRule.ForgetAt(_latest), device, key));
        return Result.Ok;
    }

    // INVARIANT: _order is sorted by ForgetAt, because _latest never falls; and it holds exactly the nonces of _seen.
    private void Forget_NeedsLock()
    {
        while (_order.TryPeek(out var oldest) && oldest.ForgetAt <= _latest)
        {
            _order.Dequeue();
            _forgottenUpTo = UnixTime.Max(_forgottenUpTo, ReplayRule.LatestTimestampOf(oldest.ForgetAt));
            var nonces = _seen[oldest.Device];
            nonces.Remove(oldest.Nonce);
            if (nonces.Count == 0)
            {
                _seen.Remove(oldest.Device);
            }
        }
    }

    private static UInt128 Digest(ReadOnlySpan<char> nonce)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(nonce), hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
