using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Secrets;

namespace Palyra.Tests.Builders;

/// <summary>A secret store in memory, for tests that are not about storing; it can be told to have no room.</summary>
internal sealed class MemorySecretStore : ISecretStore
{
    private readonly ConcurrentDictionary<string, byte[]> _entries = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Keys => [.. _entries.Keys];

    /// <summary>Whether nothing more can be written.</summary>
    public bool IsFull { get; set; }

    public void Write(string key, ReadOnlySpan<byte> secret) => _entries[key] = IsFull ? throw new IOException("full for the test") : secret.ToArray();

    public bool TryRead(string key, [NotNullWhen(true)] out byte[]? secret)
    {
        secret = _entries.TryGetValue(key, out var stored) ? (byte[])stored.Clone() : null;
        return secret is not null;
    }

    public bool Delete(string key) => _entries.TryRemove(key, out _);
}
