using System.Globalization;
using System.Text;
using Palyra.Adapters.Egress.Http1;

namespace Palyra.Adapters.Egress.Client;

/// <summary>Writes the head of a fetch. What cannot be written without changing the meaning of the head is refused.</summary>
internal static class EgressFetchHead
{
    internal static byte[] Of(EgressFetchRequest request, string? token)
    {
        var url = Encoding.ASCII.GetBytes(request.Url);
        var method = Encoding.ASCII.GetBytes(request.Method);
        var target = RequestTarget.Read(method, url);
        if (!HttpToken.IsToken(method) || target.Form != TargetForm.Absolute || request.Url.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw Invalid("The method is not a token, or the URL is not absolute and printable ASCII without a fragment.");
        }

        var head = new StringBuilder()
            .Append(request.Method).Append(' ').Append(request.Url).Append(" HTTP/1.1\r\nHost: ").Append(request.Url[target.Authority]).Append("\r\n");
        foreach (var (name, value) in request.Headers)
        {
            AppendField(head, name, value);
        }

        if (token is not null)
        {
            head.Append("Proxy-Authorization: Bearer ").Append(token).Append("\r\n");
        }

        if (!request.Body.IsEmpty || request.Method is "POST" or "PUT" or "PATCH")
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {request.Body.Length}\r\n");
        }

        return Encoding.Latin1.GetBytes(head.Append("Connection: close\r\n\r\n").ToString());
    }

    private static void AppendField(StringBuilder head, string name, string value)
    {
        var known = KnownHeaders.Recognise(Encoding.Latin1.GetBytes(name));
        if (value.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF')
            || name.AsSpan().ContainsAnyExceptInRange('!', '~')
            || !HttpToken.IsToken(Encoding.Latin1.GetBytes(name))
            || !HttpToken.IsFieldValue(Encoding.Latin1.GetBytes(value)))
        {
            throw Invalid("A header field holds characters that no field may hold.");
        }

        if (KnownHeaders.IsHopByHop(known) || known is KnownHeader.Host or KnownHeader.Expect)
        {
            throw Invalid($"The header field {name} is the connection's own.");
        }

        head.Append(name).Append(": ").Append(value).Append("\r\n");
    }

    private static EgressFetchException Invalid(string message) => new("egress.client.invalid_request", message);
}
