namespace Palyra.Adapters.Egress.Http1;

/// <summary>The head of one answer, read strictly. Reused from one answer of a connection to the next.</summary>
internal sealed class ResponseHead
{
    private Range _reason;

    /// <summary>The header fields.</summary>
    internal HeaderFields Fields { get; } = new();

    /// <summary>The minor version of HTTP/1: 0 or 1.</summary>
    internal int MinorVersion { get; private set; }

    /// <summary>The status, 100 to 599.</summary>
    internal int Status { get; private set; }

    /// <summary>The reason phrase, which may be empty.</summary>
    internal ReadOnlySpan<byte> Reason(ReadOnlySpan<byte> head) => head[_reason];

    /// <summary>Reads a whole head: <c>HTTP/1.x SP status [SP reason] CRLF</c> and its fields.</summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    internal string? Parse(ReadOnlySpan<byte> head)
    {
        Fields.Clear();
        var end = head.IndexOf("\r\n"u8);
        var line = end < 0 ? default : head[..end];
        if (line.Length < 12 || !line.StartsWith("HTTP/1."u8) || line[7] is not ((byte)'0' or (byte)'1') || line[8] != ' ')
        {
            return "the status line does not begin with HTTP/1.1 or HTTP/1.0";
        }

        if (!HttpToken.TryParseLength(line.Slice(9, 3), out var status) || status is < 100 or > 599 || (line.Length > 12 && line[12] != ' '))
        {
            return "the status is not a number from 100 to 599";
        }

        MinorVersion = line[7] - '0';
        Status = (int)status;
        _reason = Math.Min(13, line.Length)..line.Length;
        return Fields.Parse(head, end + 2);
    }
}
