using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Urls;

namespace Palyra.Domain.Egress;

/// <summary>
/// Names a request by what was judged: SHA-256 in lower-case hex over the label <c>palyra.egress.request.v2</c>, then method, URL as judged,
/// private flag (1 byte), budget (8 bytes big-endian), hosts, suffixes and bindings.
/// </summary>
/// <remarks>
/// Every field is preceded by its length in bytes and every list by its count, both as 32-bit big-endian numbers, so that no two different
/// requests frame to the same bytes. Lists are sets: in ordinal order, without repetition. The two host lists of a policy enter as the
/// SHA-256 of their framing, made once at compilation; a binding enters as header, SHA-256 of the framed secret reference, required flag
/// and origins. The URL as judged is <c>scheme://host:port/path?query</c>, port always written out; the text as it was given when it
/// could not be read.
/// </remarks>
internal static class EgressFingerprint
{
    private static readonly byte[] Label = Encoding.ASCII.GetBytes("palyra.egress.request.v2");

    internal static string Of(EgressPolicy policy, EgressRequest request, in EgressUrl url, bool isUrlRead, long budget)
    {
        var writer = new FramedWriter(stackalloc byte[768]);
        try
        {
            writer.Field(Label);
            writer.Field(request.Method ?? "");
            if (isUrlRead)
            {
                WriteUrl(ref writer, url);
            }
            else
            {
                writer.Field(Cut(request.Url));
            }

            writer.Field([policy.AllowPrivateTargets ? (byte)1 : (byte)0]);
            Span<byte> number = stackalloc byte[8];
            BinaryPrimitives.WriteInt64BigEndian(number, budget);
            writer.Field(number);
            writer.Field(policy.HostsDigest.AsSpan());
            writer.Field(policy.SuffixesDigest.AsSpan());
            WriteBindings(ref writer, request.CredentialBindings);
            Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(writer.Written, digest);
            return Convert.ToHexStringLower(digest);
        }
        finally
        {
            writer.Dispose();
        }
    }

    internal static ImmutableArray<byte> DigestOf(IReadOnlyCollection<string> sorted)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, sorted.Count);
        hash.AppendData(number);
        foreach (var entry in sorted)
        {
            var bytes = Encoding.UTF8.GetBytes(entry);
            BinaryPrimitives.WriteInt32BigEndian(number, bytes.Length);
            hash.AppendData(number);
            hash.AppendData(bytes);
        }

        return ImmutableArray.Create(hash.GetHashAndReset());
    }

    internal static ImmutableArray<byte> DigestOf(ImmutableArray<byte> inner, ImmutableArray<byte> outer)
    {
        var writer = new FramedWriter(stackalloc byte[128]);
        try
        {
            writer.Field(inner.AsSpan());
            writer.Field(outer.AsSpan());
            return ImmutableArray.Create(SHA256.HashData(writer.Written));
        }
        finally
        {
            writer.Dispose();
        }
    }

    internal static byte[] Frame(CredentialBinding binding)
    {
        var writer = new FramedWriter(stackalloc byte[512]);
        try
        {
            writer.Field(binding.HeaderName);
            writer.Field(SecretFingerprint(binding.Secret));
            writer.Field([binding.Required ? (byte)1 : (byte)0]);
            var origins = binding.AllowedOrigins.Select(origin => origin.ToString()).Order(StringComparer.Ordinal).ToArray();
            writer.Count(origins.Length);
            foreach (var origin in origins)
            {
                writer.Field(origin);
            }

            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static byte[] SecretFingerprint(SecretReference secret)
    {
        var writer = new FramedWriter(stackalloc byte[256]);
        try
        {
            writer.Field([(byte)secret.Kind]);
            writer.Field(secret.Path ?? "");
            return SHA256.HashData(writer.Written);
        }
        finally
        {
            writer.Dispose();
        }
    }

    private static void WriteUrl(ref FramedWriter writer, in EgressUrl url)
    {
        var length = writer.BeginField();
        writer.Text(url.Scheme == EgressScheme.Http ? "http://" : "https://");
        var bracketed = url.Host.Literal.IsV6;
        writer.Text(bracketed ? "[" : "");
        writer.Text(url.Host.Text);
        writer.Text(bracketed ? "]:" : ":");
        Span<char> port = stackalloc char[5];
        url.Port.TryFormat(port, out var digits, default, System.Globalization.CultureInfo.InvariantCulture);
        writer.Text(port[..digits]);
        var path = url.PathAndQuery;
        writer.Text(path is ['/', ..] ? "" : "/");
        writer.Text(path);
        writer.EndField(length);
    }

    private static void WriteBindings(ref FramedWriter writer, IReadOnlyList<CredentialBinding> bindings)
    {
        if (bindings.Count <= 1)
        {
            writer.Count(bindings.Count);
            for (var i = 0; i < bindings.Count; i++)
            {
                writer.Field(bindings[i].Framed);
            }

            return;
        }

        var sorted = bindings.ToArray();
        Array.Sort(sorted, static (left, right) => left.Framed.SequenceCompareTo(right.Framed));
        var kept = 0;
        for (var i = 0; i < sorted.Length; i++)
        {
            if (i == 0 || !sorted[i].Framed.SequenceEqual(sorted[kept - 1].Framed))
            {
                sorted[kept++] = sorted[i];
            }
        }

        writer.Count(kept);
        for (var i = 0; i < kept; i++)
        {
            writer.Field(sorted[i].Framed);
        }
    }

    // A URL beyond the limit is named by its beginning and its length: the cost of refusing it stays bounded.
    private static string Cut(string? url) => url is null ? ""
        : url.Length <= EgressUrl.MaxLength ? url
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{url.AsSpan(0, EgressUrl.MaxLength)}…{url.Length}");

    private ref struct FramedWriter(Span<byte> initial)
    {
        private Span<byte> _buffer = initial;
        private byte[]? _rented;
        private int _length;

        internal readonly ReadOnlySpan<byte> Written => _buffer[.._length];

        internal void Field(scoped ReadOnlySpan<byte> bytes)
        {
            Count(bytes.Length);
            bytes.CopyTo(Reserve(bytes.Length));
        }

        internal void Field(scoped ReadOnlySpan<char> text)
        {
            var start = BeginField();
            Text(text);
            EndField(start);
        }

        internal void Count(int number) => BinaryPrimitives.WriteInt32BigEndian(Reserve(4), number);

        internal int BeginField()
        {
            Reserve(4);
            return _length;
        }

        internal readonly void EndField(int start) => BinaryPrimitives.WriteInt32BigEndian(_buffer.Slice(start - 4, 4), _length - start);

        internal void Text(scoped ReadOnlySpan<char> text) => Encoding.UTF8.GetBytes(text, Reserve(Encoding.UTF8.GetByteCount(text)));

        internal readonly void Dispose()
        {
            if (_rented is not null)
            {
                ArrayPool<byte>.Shared.Return(_rented);
            }
        }

        private Span<byte> Reserve(int count)
        {
            if (_buffer.Length - _length < count)
            {
                var grown = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _length + count));
                Written.CopyTo(grown);
                Dispose();
                _buffer = _rented = grown;
            }

            var reserved = _buffer.Slice(_length, count);
            _length += count;
            return reserved;
        }
    }
}
