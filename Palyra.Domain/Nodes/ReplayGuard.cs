using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

/// <summary>Remembers the nonces of each device for ten minutes, so that a recorded message cannot be sent again. Thread-safe.</summary>
/// <remarks>In memory: a restart forgets, but the timestamp rule still holds. Bounded: a device that sends more nonces than fit is refused.</remarks>
public sealed class ReplayGuard
{
    /// <summary>The longest nonce, in characters.</summary>
    public const int MaxNonceLength = 128;

    /// <summary>The most nonces remembered of one device.</summary>
    public const int MaxNoncesPerDevice = 16_384;

    /// <summary>How far a timestamp may be off, either way.</summary>
    public static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    /// <summary>How long a nonce is remembered. Twice the skew: an older message fails by its timestamp.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(10);

    private readonly Lock _gate = new();
    private readonly Dictionary<DeviceId, Nonces> _devices = [];

    /// <summary>Accepts a message once.</summary>
    /// <returns><c>replay_detected</c> when the timestamp is more than five minutes off, or the nonce is unusable or was seen.</returns>
    public Result Check(DeviceId device, string? nonce, UnixTime timestamp, UnixTime now)
    {
        if (string.IsNullOrWhiteSpace(nonce) || nonce.Length > MaxNonceLength)
        {
            return new NodeRefusal.ReplayDetected($"its nonce is not 1 to {MaxNonceLength} characters");
        }

        var skew = (long)MaxSkew.TotalMilliseconds;
        if (now.MillisecondsSince(timestamp) is var age && (age > skew || age < -skew))
        {
            return new NodeRefusal.ReplayDetected("its timestamp is more than five minutes off");
        }

        lock (_gate)
        {
            if (!_devices.TryGetValue(device, out var nonces))
            {
                _devices[device] = nonces = new Nonces();
            }

            return nonces.Take_NeedsLock(nonce, now);
        }
    }

    /// <summary>Forgets a device, when it is revoked or removed.</summary>
    public void Forget(DeviceId device)
    {
        lock (_gate)
        {
            _devices.Remove(device);
        }
    }

    private sealed class Nonces
    {
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly Queue<(string Nonce, UnixTime At)> _order = new();

        internal Result Take_NeedsLock(string nonce, UnixTime now)
        {
            var from = now.Add(-Remembered);
            while (_order.TryPeek(out var oldest) && oldest.At < from)
            {
                _seen.Remove(_order.Dequeue().Nonce);
            }

            if (_order.Count >= MaxNoncesPerDevice)
            {
                return new NodeRefusal.ReplayDetected("the device has sent too many nonces");
            }

            if (!_seen.Add(nonce))
            {
                return new NodeRefusal.ReplayDetected("its nonce was seen before");
            }

            _order.Enqueue((nonce, now));
            return Result.Ok;
        }
    }
}
