using System.Security.Cryptography;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>
/// Keeps secrets for a short while in pinned memory of its own, and clears them when they lapse, are replaced or the cache is disposed. Only what is
/// there is kept: that a secret is missing is asked again every time.
/// </summary>
internal sealed class SecretCache : IDisposable
{
    /// <summary>The longest time to keep a secret.</summary>
    internal static readonly TimeSpan MaxKeepFor = TimeSpan.FromHours(1);

    /// <summary>The most secrets kept; one more is not.</summary>
    internal const int MaxEntries = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly TimeSpan _keepFor;
    private readonly ITimer _sweep;
    private long _generation;
    private bool _disposed;

    internal SecretCache(TimeProvider clock, TimeSpan keepFor)
    {
        _clock = clock;
        _keepFor = keepFor;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(keepFor, MaxKeepFor);
        _sweep = clock.CreateTimer(static cache => ((SecretCache)cache!).Sweep(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Another number once something was forgotten on purpose.</summary>
    internal long Generation => Volatile.Read(ref _generation);

    internal VaultSecret? Find(string name)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(name, out var entry) && !IsLapsed(entry) ? new VaultSecret(entry.Value) : null;
        }
    }

    /// <summary>Keeps what was read from the vault, unless it may have been replaced or deleted since.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">What was read; copied.</param>
    /// <param name="generation">The <see cref="Generation"/> before it was read.</param>
    internal void Keep(string name, ReadOnlySpan<byte> value, long generation)
    {
        if (_keepFor <= TimeSpan.Zero)
        {
            return;
        }

        lock (_lock)
        {
            if (_disposed || generation != _generation || (_entries.Count >= MaxEntries && !_entries.ContainsKey(name)))
            {
                return;
            }

            Forget_NeedsLock(name);
            var kept = GC.AllocateUninitializedArray<byte>(value.Length, pinned: true);
            value.CopyTo(kept);
            _entries[name] = new Entry(kept, _clock.GetTimestamp());
            if (_entries.Count == 1)
            {
                _sweep.Change(_keepFor, Timeout.InfiniteTimeSpan);
            }
        }
    }

    internal void Forget(string name)
    {
        lock (_lock)
        {
            _generation++;
            Forget_NeedsLock(name);
        }
    }

    public void Dispose()
    {
        _sweep.Dispose();
        lock (_lock)
        {
            _disposed = true;
            foreach (var name in _entries.Keys.ToArray())
            {
                Forget_NeedsLock(name);
            }
        }
    }

    /// <summary>Clears what has lapsed, and comes back when the next one does.</summary>
    private void Sweep()
    {
        lock (_lock)
        {
            foreach (var name in _entries.Where(entry => IsLapsed(entry.Value)).Select(entry => entry.Key).ToArray())
            {
                Forget_NeedsLock(name);
            }

            if (_entries.Count > 0)
            {
                var left = _keepFor - _entries.Values.Max(entry => _clock.GetElapsedTime(entry.Since));
                _sweep.Change(left + TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Forget_NeedsLock(string name)
    {
        if (_entries.Remove(name, out var entry))
        {
            CryptographicOperations.ZeroMemory(entry.Value);
        }
    }

    private bool IsLapsed(Entry entry) => _clock.GetElapsedTime(entry.Since) >= _keepFor;

    private readonly record struct Entry(byte[] Value, long Since);
}
