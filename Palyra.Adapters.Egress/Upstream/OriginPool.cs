using Palyra.Adapters.Egress.Transport;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;

namespace Palyra.Adapters.Egress.Upstream;

/// <summary>Connections to origins that finished an exchange cleanly and wait for another of the same <see cref="OriginKey"/>.</summary>
internal sealed class OriginPool : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<OriginKey, Stack<OriginConnection>> _idle = [];
    private readonly TimeProvider _clock;
    private readonly TimeSpan _idleTimeout;
    private readonly int _limit;
    private readonly ITimer _timer;
    private int _count;
    private bool _disposed;

    internal OriginPool(TimeProvider clock, TimeSpan idleTimeout, int limit)
    {
        _clock = clock;
        _idleTimeout = idleTimeout;
        _limit = limit;
        _timer = clock.CreateTimer(static pool => ((OriginPool)pool!).Sweep(), this, idleTimeout, idleTimeout);
    }

    /// <summary>A connection that is still good, to one of the verdict's addresses; <see langword="null"/> when there is none.</summary>
    internal OriginConnection? Take(in EgressVerdict verdict)
    {
        foreach (var address in verdict.Addresses)
        {
            while (TakeAny(KeyOf(verdict.Target!, address)) is { } connection)
            {
                if (!IsLapsed(connection) && connection.IsQuiet)
                {
                    connection.IsReused = true;
                    return connection;
                }

                connection.Dispose();
            }
        }

        return null;
    }

    /// <summary>Puts a connection aside, or closes it when it cannot be used again or there is no room.</summary>
    internal void GiveBack(OriginConnection connection)
    {
        connection.Input.ReleaseIfEmpty();
        connection.IdleSince = _clock.GetTimestamp();
        lock (_lock)
        {
            if (!_disposed && _count < _limit && connection.Input.Count == 0)
            {
                if (!_idle.TryGetValue(connection.Key, out var stack))
                {
                    _idle.Add(connection.Key, stack = new Stack<OriginConnection>());
                }

                stack.Push(connection);
                _count++;
                return;
            }
        }

        connection.Dispose();
    }

    /// <summary>What a connection for this target to this address may be used for.</summary>
    internal static OriginKey KeyOf(EgressTarget target, InternetAddress address) =>
        new(target.Policy, target.Scheme, target.Host, target.Port, address);

    /// <summary>Closes everything that is put aside.</summary>
    internal void Clear()
    {
        List<OriginConnection> closing;
        lock (_lock)
        {
            closing = [.. _idle.Values.SelectMany(stack => stack)];
            _idle.Clear();
            _count = 0;
        }

        closing.ForEach(connection => connection.Dispose());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _disposed = true;
        }

        Clear();
    }

    private OriginConnection? TakeAny(in OriginKey key)
    {
        lock (_lock)
        {
            if (!_idle.TryGetValue(key, out var stack) || !stack.TryPop(out var connection))
            {
                return null;
            }

            _count--;
            return connection;
        }
    }

    private bool IsLapsed(OriginConnection connection) => _clock.GetElapsedTime(connection.IdleSince) >= _idleTimeout;

    private void Sweep()
    {
        var closing = new List<OriginConnection>();
        lock (_lock)
        {
            foreach (var (key, stack) in _idle.ToArray())
            {
                var kept = stack.Where(connection => !IsLapsed(connection)).Reverse().ToArray();
                closing.AddRange(stack.Except(kept));
                if (kept.Length == 0)
                {
                    _idle.Remove(key);
                }
                else if (kept.Length < stack.Count)
                {
                    _idle[key] = new Stack<OriginConnection>(kept);
                }
            }

            _count -= closing.Count;
        }

        closing.ForEach(connection => connection.Dispose());
    }
}
