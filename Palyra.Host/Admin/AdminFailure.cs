using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Admin;

/// <summary>Answers what no route answered, as {code, message} like every refusal: an operator is told what happened, not that an answer was empty.</summary>
internal static partial class AdminFailure
{
    internal static async Task AnswerAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        catch (BadHttpRequestException malformed) when (!context.Response.HasStarted)
        {
            await AdminAnswer.RefuseAsync(
                context, malformed.StatusCode, malformed.StatusCode == StatusCodes.Status413PayloadTooLarge ? HostReason.AdminTooLarge : HostReason.AdminMalformed, malformed.Message);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException && !context.Response.HasStarted)
        {
            Log.Failed(logger, failure, context.Request.Path);
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status500InternalServerError, HostReason.GatewayFault, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5001, LogLevel.Error, "The admin request {Path} failed.")]
        internal static partial void Failed(ILogger logger, Exception failure, string path);
    }
}
