namespace Palyra.Adapters.Egress.Http1;

/// <summary>The head of one request, read strictly. Reused from one request of a connection to the next.</summary>
internal sealed class RequestHead
{
    private Range _method;
    private Range _target;

    /// <summary>The header fields.</summary>
    internal HeaderFields Fields { get; } = new();

    /// <summary>The minor version of HTTP/1: 0 or 1.</summary>
    internal int MinorVersion { get; private set; }

    /// <summary>The method, a token.</summary>
    internal ReadOnlySpan<byte> Method(ReadOnlySpan<byte> head) => head[_method];

    /// <summary>The request target, visible ASCII.</summary>
    internal ReadOnlySpan<byte> Target(ReadOnlySpan<byte> head) => head[_target];

    /// <summary>
    /// Reads a whole head, as <see cref="HeadScanner"/> delimited it: <c>method SP target SP HTTP/1.x CRLF</c>, single spaces, the target visible ASCII.
    /// </summary>
    /// <returns>What is wrong, or <see langword="null"/>.</returns>
    internal string? Parse(ReadOnlySpan<byte> head)
    {
        Fields.Clear();
        var end = head.IndexOf("\r\n"u8);
        var line = end < 0 ? default : head[..end];
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first <= 0 || last <= first + 1)
        {
            return "the request line is not method, target and version with single spaces";
        }

        _method = ..first;
        _target = (first + 1)..last;
        if (!HttpToken.IsToken(line[_method]))
        {
            return "the method is not a token";
        }

        if (line[_target].IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0)
        {
            return "the target holds something else than visible ASCII";
        }

        var version = line[(last + 1)..];
        if (version.Length != 8 || !version.StartsWith("HTTP/1."u8) || version[7] is not ((byte)'0' or (byte)'1'))
        {
            return "the version is neither HTTP/1.1 nor HTTP/1.0";
        }

        MinorVersion = version[7] - '0';
        return Fields.Parse(head, end + 2);
    }
}
