using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>Counts the handshakes started within the last minute, overall and by address. Holds no more than the overall limit, whoever asks.</summary>
internal sealed class StartLimiter
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Queue<(UnixTime At, UInt128 Origin)> _starts = new();
    private readonly Dictionary<UInt128, int> _byOrigin = [];

    /// <summary>Counts a start, unless a limit is reached.</summary>
    /// <returns>The limit that is reached, <c>overall</c> or <c>address</c>; <see langword="null"/> when it was counted.</returns>
    internal string? TryStart(IPAddress? address, UnixTime now)
    {
        while (_starts.TryPeek(out var oldest) && oldest.At.Add(Window) <= now)
        {
            _starts.Dequeue();
            if (--_byOrigin[oldest.Origin] == 0)
            {
                _byOrigin.Remove(oldest.Origin);
            }
        }

        if (_starts.Count >= PairingSessions.MaxStartsPerMinute)
        {
            return "overall";
        }

        var origin = Origin(address);
        var count = _byOrigin.GetValueOrDefault(origin);
        if (count >= PairingSessions.MaxStartsPerMinutePerAddress)
        {
            return "address";
        }

        _byOrigin[origin] = count + 1;
        _starts.Enqueue((now, origin));
        return null;
    }

    /// <summary>An IPv4 address, or the /64 of an IPv6 one: a host has all of that to itself. Callers without an address share one place.</summary>
    private static UInt128 Origin(IPAddress? address)
    {
        if (address is null)
        {
            return UInt128.MaxValue;
        }

        Span<byte> bytes = stackalloc byte[16];
        var mapped = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        mapped.TryWriteBytes(bytes, out _);
        return mapped.AddressFamily == AddressFamily.InterNetwork
            ? BinaryPrimitives.ReadUInt32BigEndian(bytes)
            : (UInt128)BinaryPrimitives.ReadUInt64BigEndian(bytes) << 64 | 1UL << 63;
    }
}
