using System.Collections.Frozen;
using System.Collections.Immutable;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Urls;

namespace Palyra.Domain.Egress.Policies;

/// <summary>Hosts and suffixes in frozen sets: as fast with ten thousand entries as with one.</summary>
internal sealed class HostAllowlist
{
    private readonly FrozenSet<string> _hosts;
    private readonly FrozenSet<string> _suffixes;
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _suffixBySpan;
    private readonly bool[] _suffixLengths = new bool[EgressHost.MaxLength + 1];

    internal HostAllowlist(IEnumerable<string> hosts, IEnumerable<string> suffixes)
    {
        var unusable = ImmutableArray.CreateBuilder<string>();
        var exact = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in hosts)
        {
            var host = EgressHost.ReadEntry(entry);
            Keep(exact, unusable, entry, host.Text, host.IsUsable);
        }

        var domains = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in suffixes)
        {
            var domain = EgressHost.Read(entry is ['.', _, ..] ? entry.AsSpan(1) : entry);
            Keep(domains, unusable, entry, domain.Text, domain.Form == HostForm.Name);
        }

        foreach (var domain in domains)
        {
            _suffixLengths[domain.Length] = true;
        }

        _hosts = exact.ToFrozenSet(StringComparer.Ordinal);
        _suffixes = domains.ToFrozenSet(StringComparer.Ordinal);
        _suffixBySpan = _suffixes.GetAlternateLookup<ReadOnlySpan<char>>();
        Unusable = unusable.ToImmutable();
        HostsDigest = EgressFingerprint.DigestOf(exact);
        SuffixesDigest = EgressFingerprint.DigestOf(domains);
    }

    internal ImmutableArray<string> Unusable { get; }

    /// <summary>SHA-256 of the framed hosts, in ordinal order without repetition.</summary>
    internal ImmutableArray<byte> HostsDigest { get; }

    /// <summary>SHA-256 of the framed suffixes, in ordinal order without repetition.</summary>
    internal ImmutableArray<byte> SuffixesDigest { get; }

    internal bool Contains(string host, InternetAddress literal) =>
        _hosts.Contains(host) || (literal.IsEmpty && IsBelowSuffix(host));

    private bool IsBelowSuffix(ReadOnlySpan<char> host)
    {
        while (true)
        {
            if (_suffixLengths[host.Length] && _suffixBySpan.Contains(host))
            {
                return true;
            }

            var dot = host.IndexOf('.');
            if (dot < 0)
            {
                return false;
            }

            host = host[(dot + 1)..];
        }
    }

    private static void Keep(SortedSet<string> kept, ImmutableArray<string>.Builder unusable, string entry, string text, bool usable)
    {
        if (usable)
        {
            kept.Add(text);
        }
        else
        {
            unusable.Add(entry);
        }
    }
}
