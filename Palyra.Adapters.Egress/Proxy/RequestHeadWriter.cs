using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Injection;
using Palyra.Adapters.Egress.Transport;
using Palyra.Domain.Egress;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Writes the head that goes upstream: the target as it was judged, framing made anew, this hop's fields dropped, credentials added.</summary>
internal static class RequestHeadWriter
{
    internal static void Write(
        ByteOutput output, EgressTarget target, string method, RequestHead request, ReadOnlySpan<byte> head, BodyFraming framing, InjectedCredentials? injection)
    {
        output.Append(method);
        output.Append(" "u8);
        output.Append(target.PathAndQuery);
        output.Append(" HTTP/1.1\r\nHost: "u8);
        output.Append(target.Authority);
        output.Append("\r\n"u8);
        foreach (ref readonly var field in request.Fields.All)
        {
            if (ForwardRules.PassesUpstream(field, request.Fields, head, injection?.Names))
            {
                output.Append(field.Name(head));
                output.Append(": "u8);
                output.Append(field.Value(head));
                output.Append("\r\n"u8);
            }
        }

        if (injection is not null)
        {
            foreach (var (name, secret) in injection.Headers)
            {
                output.Append(name);
                output.Append(": "u8);
                output.Append(secret.Value.Span);
                output.Append("\r\n"u8);
            }

            output.Append("Accept-Encoding: identity\r\n"u8);
        }

        if (framing.Kind == BodyKind.Length)
        {
            output.Append("Content-Length: "u8);
            output.Append(framing.Length);
            output.Append("\r\n"u8);
        }
        else if (framing.Kind == BodyKind.Chunked)
        {
            output.Append("Transfer-Encoding: chunked\r\n"u8);
        }

        output.Append("Via: 1.1 palyra\r\n\r\n"u8);
    }
}
