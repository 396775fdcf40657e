using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>
/// Turns whatever a handler did not foresee into <c>INTERNAL</c> with a correlation id and no detail; the detail goes to the log under the same
/// id. A call that was cancelled or ran out of time ends with the status that says so.
/// </summary>
internal sealed partial class FaultInterceptor(TimeProvider clock, ILogger<FaultInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsUnforeseen(exception, context))
        {
            throw Translate(exception, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsUnforeseen(exception, context))
        {
            throw Translate(exception, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsUnforeseen(exception, context))
        {
            throw Translate(exception, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsUnforeseen(exception, context))
        {
            throw Translate(exception, context);
        }
    }

    /// <summary>Tells a fault from a call's intended end, and counts the end when it is a refusal.</summary>
    private static bool IsUnforeseen(Exception exception, ServerCallContext context)
    {
        if (exception is RefusedCallException refused)
        {
            RpcMetrics.Refused(refused.Code, context.Method);
        }

        return exception is not RpcException;
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        if (context.CancellationToken.IsCancellationRequested)
        {
            return context.Deadline <= clock.GetUtcNow().UtcDateTime
                ? new RpcException(new Status(StatusCode.DeadlineExceeded, "The deadline passed."))
                : new RpcException(new Status(StatusCode.Cancelled, "The call was cancelled."));
        }

        var correlation = Guid.NewGuid().ToString("N");
        Log.Unforeseen(logger, exception, context.Method, correlation);
        return new RpcException(new Status(StatusCode.Internal, $"Internal error. Correlation id: {correlation}"));
    }

    private static partial class Log
    {
        [LoggerMessage(4001, LogLevel.Error, "{Method} failed unforeseen. Correlation id: {Correlation}")]
        internal static partial void Unforeseen(ILogger logger, Exception exception, string method, string correlation);
    }
}
