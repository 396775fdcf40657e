using System.Text;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>What a well-formed request asks of the proxy.</summary>
/// <param name="Target">The target's form.</param>
/// <param name="Framing">How its body is framed.</param>
/// <param name="KeepAlive">Whether the connection may carry another request.</param>
/// <param name="ExpectsContinue">Whether the client waits for <c>100 Continue</c> before it sends the body.</param>
/// <param name="Error">What makes it malformed, or <see langword="null"/>.</param>
internal readonly record struct RequestPlan(RequestTarget Target, BodyFraming Framing, bool KeepAlive, bool ExpectsContinue, string? Error);

/// <summary>
/// The rules for a request head as a whole. Whatever two readers could understand differently is refused, so that nothing behind the proxy can be
/// made to see another request than the one that was judged.
/// </summary>
internal static class RequestRules
{
    /// <summary>Judges a parsed head.</summary>
    internal static RequestPlan Check(RequestHead request, ReadOnlySpan<byte> head)
    {
        var target = RequestTarget.Read(request.Method(head), request.Target(head));
        if (target.Form == TargetForm.Invalid)
        {
            return Refuse("the target is neither an absolute URL nor, for CONNECT, a host with a port");
        }

        var framing = BodyFraming.OfRequest(request, head);
        if (framing.Error is not null)
        {
            return Refuse(framing.Error);
        }

        var hosts = request.Fields.Find(KnownHeader.Host, head, out var host);
        if (hosts > 1 || (hosts == 0 && request.MinorVersion == 1))
        {
            return Refuse("there is not exactly one Host");
        }

        if (hosts == 1 && target.Form != TargetForm.Asterisk && !target.IsNamedBy(host, request.Target(head)))
        {
            return Refuse("Host differs from the target");
        }

        if (target.Form != TargetForm.Absolute
            && (framing.Kind != BodyKind.None || request.Fields.Find(KnownHeader.ContentLength, head, out _) > 0))
        {
            return Refuse("this request cannot have a body");
        }

        var expectations = request.Fields.Find(KnownHeader.Expect, head, out var expectation);
        if (expectations > 1 || (expectations == 1 && !Ascii.EqualsIgnoreCase(expectation, "100-continue"u8)))
        {
            return Refuse("there is an expectation other than 100-continue");
        }

        if (request.Fields.Find(KnownHeader.ProxyAuthorization, head, out _) > 1)
        {
            return Refuse("Proxy-Authorization is repeated");
        }

        var keepAlive = request.MinorVersion == 1 && !(request.Fields.HasConnection && request.Fields.ConnectionNames("close"u8, head));
        return new RequestPlan(target, framing, keepAlive, expectations == 1 && request.MinorVersion == 1, null);
    }

    private static RequestPlan Refuse(string error) => new(default, default, false, false, error);
}
