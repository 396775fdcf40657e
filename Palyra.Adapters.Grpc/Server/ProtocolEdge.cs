using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>Closes the gaps between the protocol as it is published and what the gRPC package answers by itself.</summary>
internal static class ProtocolEdge
{
    private const string AcceptEncoding = "grpc-accept-encoding";
    private const string StatusName = "grpc-status";
    private const string MessageName = "grpc-message";

    /// <summary>
    /// Refuses content types the package lets pass, and answers in the encoding of the question: gzip to a caller that sends gzip, plain to
    /// all others, whatever else they could read.
    /// </summary>
    internal static async Task BeforeRoutingAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (!IsServed(request.ContentType))
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }

        if (request.Headers["grpc-encoding"] != "gzip")
        {
            request.Headers[AcceptEncoding] = "identity";
        }
        else if (!request.Headers.ContainsKey(AcceptEncoding))
        {
            request.Headers[AcceptEncoding] = "identity,gzip";
        }

        await next(context).ConfigureAwait(false);
        NameMalformedFrame(context);
    }

    /// <summary>Answers a path that names no service with <c>UNIMPLEMENTED</c>.</summary>
    internal static Task AfterRoutingAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not null)
        {
            return next(context);
        }

        context.Response.ContentType = "application/grpc";
        context.Response.Headers[StatusName] = Text(StatusCode.Unimplemented);
        context.Response.Headers[MessageName] = "Service is unimplemented.";
        return Task.CompletedTask;
    }

    private static bool IsServed(string? contentType)
    {
        var type = contentType.AsSpan();
        var end = type.IndexOf(';');
        type = (end < 0 ? type : type[..end]).Trim();
        return type.Equals("application/grpc", StringComparison.OrdinalIgnoreCase) || type.Equals("application/grpc+proto", StringComparison.OrdinalIgnoreCase);
    }

    // No handler lets an exception out (see FaultInterceptor), so the package's words for one mean that it could not read a frame.
    private static void NameMalformedFrame(HttpContext context)
    {
        var headers = context.Response.HasStarted ? context.Features.Get<IHttpResponseTrailersFeature>()?.Trailers : context.Response.Headers;
        if (headers is not null && headers[StatusName] == Text(StatusCode.Unknown) && headers[MessageName] == "Exception was thrown by handler.")
        {
            headers[StatusName] = Text(StatusCode.Internal);
            headers[MessageName] = "Malformed frame.";
        }
    }

    private static string Text(StatusCode status) => ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture);
}
