using System.Text;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>How the end of a body is known.</summary>
internal enum BodyKind
{
    /// <summary>There is no body.</summary>
    None,

    /// <summary>A given number of bytes.</summary>
    Length,

    /// <summary>Chunks, the last of them empty.</summary>
    Chunked,

    /// <summary>Until the peer closes: answers only.</summary>
    UntilClose,
}

/// <summary>
/// How a message's body is framed, decided from its head alone (RFC 9112, section 6), without any of the tolerance that request smuggling lives on.
/// </summary>
internal readonly record struct BodyFraming(BodyKind Kind, long Length, string? Error)
{
    /// <summary>
    /// A request's framing. Refused: both lengths and transfer coding, more than one of either, a length that is not 1 to 18 digits, a coding
    /// other than exactly <c>chunked</c>, a coding on HTTP/1.0.
    /// </summary>
    internal static BodyFraming OfRequest(RequestHead request, ReadOnlySpan<byte> head) =>
        Of(request.Fields, request.MinorVersion, head, BodyKind.None);

    /// <summary>
    /// An answer's framing, by the same rules. An answer that never has a body may announce a length only where RFC 9110 lets it.
    /// </summary>
    internal static BodyFraming OfResponse(ResponseHead response, ReadOnlySpan<byte> head, bool toHead)
    {
        var framing = Of(response.Fields, response.MinorVersion, head, BodyKind.UntilClose);
        if (framing.Error is not null)
        {
            return framing;
        }

        if (response.Status is < 200 or 204)
        {
            return framing.Kind is BodyKind.Chunked || framing is { Kind: BodyKind.Length, Length: > 0 }
                ? Refuse("an answer without a body announces one")
                : default;
        }

        return toHead || response.Status == 304 ? default : framing;
    }

    private static BodyFraming Of(HeaderFields fields, int minorVersion, ReadOnlySpan<byte> head, BodyKind otherwise)
    {
        var codings = fields.Find(KnownHeader.TransferEncoding, head, out var coding);
        var lengths = fields.Find(KnownHeader.ContentLength, head, out var length);
        if (codings > 0 && lengths > 0)
        {
            return Refuse("both Content-Length and Transfer-Encoding are present");
        }

        if (codings > 1 || lengths > 1)
        {
            return Refuse("a framing header is repeated");
        }

        if (codings == 1)
        {
            return minorVersion == 0 ? Refuse("Transfer-Encoding is not part of HTTP/1.0")
                : Ascii.EqualsIgnoreCase(coding, "chunked"u8) ? new BodyFraming(BodyKind.Chunked, 0, null)
                : Refuse("the transfer coding is not exactly chunked");
        }

        if (lengths == 1)
        {
            return HttpToken.TryParseLength(length, out var bytes)
                ? new BodyFraming(BodyKind.Length, bytes, null)
                : Refuse("Content-Length is not a plain decimal number");
        }

        return new BodyFraming(otherwise, 0, null);
    }

    private static BodyFraming Refuse(string error) => new(BodyKind.None, 0, error);
}
