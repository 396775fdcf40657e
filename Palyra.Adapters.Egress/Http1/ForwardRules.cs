using System.Text;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>Which header fields pass from one hop to the next (RFC 9110, section 7.6.1), and what becomes of the others.</summary>
internal static class ForwardRules
{
    private static readonly string[] HeadOnly =
    [
        "Authorization", "Cookie", "Set-Cookie", "Set-Cookie2", "WWW-Authenticate", "Authentication-Info", "Location", "Content-Type", "Content-Range",
    ];

    /// <summary>
    /// Whether a worker's field goes upstream. Dropped: what belongs to this hop, what <c>Connection</c> names, <c>Host</c> (made anew from the judged
    /// target), <c>Expect</c> (answered here), names under which a credential is injected; and, with credentials, whatever would let the
    /// answer come compressed or in pieces, in which the secret could not be found.
    /// </summary>
    internal static bool PassesUpstream(in HeaderField field, HeaderFields fields, ReadOnlySpan<byte> head, IReadOnlyList<string>? injectedNames)
    {
        if (KnownHeaders.IsHopByHop(field.Known) || field.Known is KnownHeader.Host or KnownHeader.Expect)
        {
            return false;
        }

        var name = field.Name(head);
        if (fields.HasConnection && fields.ConnectionNames(name, head))
        {
            return false;
        }

        if (injectedNames is not { Count: > 0 })
        {
            return true;
        }

        if (field.Known is KnownHeader.AcceptEncoding or KnownHeader.Range)
        {
            return false;
        }

        foreach (var injected in injectedNames)
        {
            if (IsSameToCgi(name, injected))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether an origin's field, in its head or its trailers, goes back to the worker.</summary>
    internal static bool PassesDownstream(in HeaderField field, HeaderFields fields, ReadOnlySpan<byte> head) =>
        !KnownHeaders.IsHopByHop(field.Known) && !(fields.HasConnection && fields.ConnectionNames(field.Name(head), head));

    /// <summary>
    /// Whether a field may stand in a trailer section: nothing that frames, routes, authenticates or says how the content is to be read (RFC 9110,
    /// section 6.5.1). A receiver that merges trailers into the head would take it for what the head had said.
    /// </summary>
    internal static bool MayTrail(in HeaderField field, ReadOnlySpan<byte> section)
    {
        if (field.Known is not KnownHeader.Other)
        {
            return false;
        }

        foreach (var name in HeadOnly)
        {
            if (Ascii.EqualsIgnoreCase(field.Name(section), name))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether two names are one to a server that reads <c>_</c> as <c>-</c>, as CGI gateways do.</summary>
    internal static bool IsSameToCgi(ReadOnlySpan<byte> name, string injected)
    {
        if (name.Length != injected.Length)
        {
            return false;
        }

        for (var i = 0; i < name.Length; i++)
        {
            if (Fold((char)name[i]) != Fold(injected[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static char Fold(char character) => character == '_' ? '-' : char.ToLowerInvariant(character);
}
