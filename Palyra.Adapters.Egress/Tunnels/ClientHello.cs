using System.Buffers.Binary;
using System.Text;

namespace Palyra.Adapters.Egress.Tunnels;

/// <summary>What the first bytes of a tunnel turned out to be.</summary>
internal enum HelloKind
{
    /// <summary>Not a TLS handshake, or a broken one.</summary>
    NotTls,

    /// <summary>A TLS handshake so far; more bytes are needed.</summary>
    NeedMore,

    /// <summary>A whole ClientHello.</summary>
    Complete,
}

/// <summary>
/// The server name in a TLS ClientHello (RFC 8446, section 4.1.2; RFC 6066, section 3), read from records as they arrive, in whatever pieces.
/// </summary>
/// <param name="Kind">How far reading came; the default is <see cref="HelloKind.NotTls"/>.</param>
/// <param name="ServerName">The one host name asked for; <see langword="null"/> when the extension is absent.</param>
internal readonly record struct ClientHello(HelloKind Kind, string? ServerName)
{
    /// <summary>The most bytes looked at; when it is not whole by then it counts as broken.</summary>
    internal const int MaxBytes = 16 * 1024;

    private const int RecordHeader = 5;
    private const byte HandshakeRecord = 22;
    private const byte ClientHelloMessage = 1;
    private const ushort ServerNameExtension = 0;

    private static readonly ClientHello More = new(HelloKind.NeedMore, null);

    /// <summary>Reads the records at the start of a tunnel.</summary>
    internal static ClientHello Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < RecordHeader)
        {
            return bytes.Length > 0 && bytes[0] != HandshakeRecord ? default : More;
        }

        // One record is the rule; a hello split over several is put together first.
        var first = RecordLength(bytes);
        if (first < 0)
        {
            return default;
        }

        if (bytes.Length < RecordHeader + first)
        {
            return bytes.Length >= MaxBytes ? default : More;
        }

        var message = bytes.Slice(RecordHeader, first);
        return message.Length >= 4 && MessageLength(message) <= message.Length - 4
            ? OfMessage(message)
            : OfSeveral(bytes);
    }

    private static ClientHello OfSeveral(ReadOnlySpan<byte> bytes)
    {
        Span<byte> message = stackalloc byte[MaxBytes];
        var given = bytes.Length;
        var length = 0;
        while (bytes.Length >= RecordHeader)
        {
            var record = RecordLength(bytes);
            if (record < 0 || length + record > MaxBytes)
            {
                return default;
            }

            if (bytes.Length < RecordHeader + record)
            {
                break;
            }

            bytes.Slice(RecordHeader, record).CopyTo(message[length..]);
            length += record;
            bytes = bytes[(RecordHeader + record)..];
            if (length >= 4 && MessageLength(message[..length]) <= length - 4)
            {
                return OfMessage(message[..length]);
            }
        }

        // What was given counts, not what of it is message: records may hold a byte each.
        return given >= MaxBytes || (length > 0 && message[0] != ClientHelloMessage) ? default : More;
    }

    private static int RecordLength(ReadOnlySpan<byte> record)
    {
        var length = BinaryPrimitives.ReadUInt16BigEndian(record[3..]);
        return record[0] == HandshakeRecord && record[1] == 3 && record[2] <= 4 && length is > 0 and <= 16384 ? length : -1;
    }

    private static int MessageLength(ReadOnlySpan<byte> message) => (message[1] << 16) | (message[2] << 8) | message[3];

    private static ClientHello OfMessage(ReadOnlySpan<byte> message)
    {
        // Nothing may follow the hello before the server answers: bytes behind it would pass unjudged.
        if (message[0] != ClientHelloMessage || MessageLength(message) != message.Length - 4)
        {
            return default;
        }

        var body = new Cursor(message[4..]);
        if (!body.Skip(2 + 32) || !body.Skip8() || !body.Skip16() || !body.Skip8())
        {
            return default;
        }

        if (body.IsAtEnd)
        {
            return new ClientHello(HelloKind.Complete, null);
        }

        if (!body.Take16(out var extensions) || !body.IsAtEnd)
        {
            return default;
        }

        string? name = null;
        var rest = new Cursor(extensions);
        while (!rest.IsAtEnd)
        {
            if (!rest.TakeNumber(out var type) || !rest.Take16(out var content))
            {
                return default;
            }

            if (type == ServerNameExtension && (name is not null || (name = ReadServerName(content)) is null))
            {
                return default;
            }
        }

        return new ClientHello(HelloKind.Complete, name);
    }

    private static string? ReadServerName(ReadOnlySpan<byte> extension)
    {
        var outer = new Cursor(extension);
        if (!outer.Take16(out var list) || !outer.IsAtEnd || list.Length < 4 || list[0] != 0)
        {
            return null;
        }

        var inner = new Cursor(list[1..]);
        return inner.Take16(out var name) && inner.IsAtEnd && name.Length is > 0 and <= 255 && name.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0
            ? Encoding.ASCII.GetString(name)
            : null;
    }

    private ref struct Cursor(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _bytes = bytes;

        internal readonly bool IsAtEnd => _bytes.IsEmpty;

        internal bool Skip(int count)
        {
            if (_bytes.Length < count)
            {
                return false;
            }

            _bytes = _bytes[count..];
            return true;
        }

        internal bool Skip8() => !_bytes.IsEmpty && Skip(1 + _bytes[0]);

        internal bool Skip16() => Take16(out _);

        internal bool TakeNumber(out ushort number)
        {
            number = 0;
            return _bytes.Length >= 2 && BinaryPrimitives.TryReadUInt16BigEndian(_bytes, out number) && Skip(2);
        }

        internal bool Take16(out ReadOnlySpan<byte> content)
        {
            content = default;
            if (!TakeNumber(out var length) || _bytes.Length < length)
            {
                return false;
            }

            content = _bytes[..length];
            return Skip(length);
        }
    }
}
