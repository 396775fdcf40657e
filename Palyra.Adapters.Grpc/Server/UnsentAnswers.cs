using Microsoft.AspNetCore.Http;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>
/// Counts the calls whose answer is not on its way yet. A handler that has ended is not enough for closing the connection: its status comes after
/// it, and a connection that closes first takes the status along.
/// </summary>
internal sealed class UnsentAnswers
{
    private readonly Lock _lock = new();
    private TaskCompletionSource? _none;
    private int _count;

    /// <summary>Middleware that sees every call.</summary>
    internal Task CountAsync(HttpContext context, RequestDelegate next)
    {
        lock (_lock)
        {
            _count++;
        }

        context.Response.OnCompleted(Sent);
        return next(context);
    }

    /// <summary>Completes once no answer is outstanding.</summary>
    internal Task WhenNone()
    {
        lock (_lock)
        {
            return _count == 0 ? Task.CompletedTask : (_none ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private Task Sent()
    {
        TaskCompletionSource? none = null;
        lock (_lock)
        {
            if (--_count == 0)
            {
                (none, _none) = (_none, null);
            }
        }

        none?.SetResult();
        return Task.CompletedTask;
    }
}
