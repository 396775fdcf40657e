using System.Text;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>Where one header field lies in the head's bytes.</summary>
internal readonly record struct HeaderField(KnownHeader Known, int NameStart, int NameLength, int ValueStart, int ValueLength)
{
    /// <summary>The name as it was sent.</summary>
    internal ReadOnlySpan<byte> Name(ReadOnlySpan<byte> head) => head.Slice(NameStart, NameLength);

    /// <summary>The value without the white space around it.</summary>
    internal ReadOnlySpan<byte> Value(ReadOnlySpan<byte> head) => head.Slice(ValueStart, ValueLength);
}

/// <summary>The header fields of one head, in order, as positions in its bytes. Reused from one message to the next.</summary>
internal sealed class HeaderFields
{
    private const int FirstRoom = 8;

    private HeaderField[] _fields = [];

    /// <summary>The number of fields.</summary>
    internal int Count { get; private set; }

    /// <summary>The fields.</summary>
    internal ReadOnlySpan<HeaderField> All => _fields.AsSpan(0, Count);

    /// <summary>Whether there is any <c>Connection</c> field.</summary>
    internal bool HasConnection { get; private set; }

    /// <summary>Forgets all fields.</summary>
    internal void Clear()
    {
        Count = 0;
        HasConnection = false;
    }

    /// <summary>Forgets all fields and the room for them: the connection has become a tunnel.</summary>
    internal void Release()
    {
        Clear();
        _fields = [];
    }

    /// <summary>
    /// Reads the field lines of a head whose line ends have been checked by <see cref="HeadScanner"/>: from <paramref name="start"/> to the blank
    /// line. Refuses folded lines, white space before the colon, names that are not tokens, and more than <see cref="HttpLimits.Fields"/> fields.
    /// </summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    internal string? Parse(ReadOnlySpan<byte> head, int start)
    {
        Clear();
        var position = start;
        while (true)
        {
            var line = head[position..];
            var end = line.IndexOf("\r\n"u8);
            if (end < 0)
            {
                return "the head is not complete";
            }

            if (end == 0)
            {
                return null;
            }

            line = line[..end];
            if (line[0] is (byte)' ' or (byte)'\t')
            {
                return "a header line is folded";
            }

            var colon = line.IndexOf((byte)':');
            if (colon <= 0 || !HttpToken.IsToken(line[..colon]))
            {
                return "a header line has no name that is a token directly before its colon";
            }

            if (Count == HttpLimits.Fields)
            {
                return "there are too many header fields";
            }

            var value = line[(colon + 1)..];
            var valueStart = colon + 1;
            while (!value.IsEmpty && value[0] is (byte)' ' or (byte)'\t')
            {
                value = value[1..];
                valueStart++;
            }

            while (!value.IsEmpty && value[^1] is (byte)' ' or (byte)'\t')
            {
                value = value[..^1];
            }

            Add(new HeaderField(KnownHeaders.Recognise(line[..colon]), position, colon, position + valueStart, value.Length));
            position += end + 2;
        }
    }

    /// <summary>The number of fields of a kind, and the value of the last of them.</summary>
    internal int Find(KnownHeader known, ReadOnlySpan<byte> head, out ReadOnlySpan<byte> value)
    {
        var count = 0;
        value = default;
        foreach (ref readonly var field in All)
        {
            if (field.Known == known)
            {
                count++;
                value = field.Value(head);
            }
        }

        return count;
    }

    /// <summary>Whether a <c>Connection</c> field names this header, so that it ends at this hop.</summary>
    internal bool ConnectionNames(ReadOnlySpan<byte> name, ReadOnlySpan<byte> head)
    {
        foreach (ref readonly var field in All)
        {
            if (field.Known == KnownHeader.Connection && ListHas(field.Value(head), name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool ListHas(ReadOnlySpan<byte> list, ReadOnlySpan<byte> item)
    {
        foreach (var range in list.Split((byte)','))
        {
            if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), item))
            {
                return true;
            }
        }

        return false;
    }

    private void Add(HeaderField field)
    {
        if (Count == _fields.Length)
        {
            Array.Resize(ref _fields, Math.Max(FirstRoom, _fields.Length * 2));
        }

        HasConnection |= field.Known == KnownHeader.Connection;
        _fields[Count++] = field;
    }
}
