using System.Security.Cryptography;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>
/// Keeps secrets for a short while in pinned memory of its own, and clears them when they lapse, are replaced or the cache is disposed. Only what is
/// there is kept: that a secret is missing is asked again every time.
/// </summary>
internal sealed class SecretCache : IDisposable
{
    private const int MaxEntries = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly TimeSpan _keepFor;
    private readonly ITimer _sweep;
    private bool _disposed;

    internal SecretCache(TimeProvider clock, TimeSpan keepFor)
    {
        _clock = clock;
        _keepFor = keepFor;
        var period = keepFor > TimeSpan.Zero ? keepFor : Timeout.InfiniteTimeSpan;
        _sweep = clock.CreateTimer(static cache => ((SecretCache)cache!).Sweep(), this, period, period);
    }

    internal VaultSecret? Find(string name)
    {
        lock (_lock)
        {
            return _entries.TryGetValue(name, out var entry) && !IsLapsed(entry) ? new VaultSecret(entry.Value) : null;
        }
    }

    internal void Keep(string name, ReadOnlySpan<byte> value)
    {
        if (_keepFor <= TimeSpan.Zero)
        {
            return;
        }

        lock (_lock)
        {
            if (_disposed || (_entries.Count >= MaxEntries && !_entries.ContainsKey(name)))
            {
                return;
            }

            Forget_NeedsLock(name);
            var kept = GC.AllocateUninitializedArray<byte>(value.Length, pinned: true);
            value.CopyTo(kept);
            _entries[name] = new Entry(kept, _clock.GetTimestamp());
        }
    }

    internal void Forget(string name)
    {
        lock (_lock)
        {
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

    private void Sweep()
    {
        lock (_lock)
        {
            foreach (var name in _entries.Where(entry => IsLapsed(entry.Value)).Select(entry => entry.Key).ToArray())
            {
                Forget_NeedsLock(name);
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
