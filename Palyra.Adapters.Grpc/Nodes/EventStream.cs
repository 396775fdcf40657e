using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Grpc.Gate;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Grpc.Nodes;

/// <summary>
/// One open event stream. Events are applied in the order they come and answered in that order; dispatches ride on the answers, and go by themselves when
/// there is no answer to ride on. What waits to be written is bounded, so a node that does not read is not read from either.
/// </summary>
internal sealed partial class EventStream(
    NodeRuntime runtime, NodeEvents events, CertificateGate gate, NodeRpcOptions options, TimeProvider clock, ILogger logger, ServerCallContext context,
    IServerStreamWriter<NodeEventResponse> responses, CancellationToken stopping)
{
    private const int OutboundBuffer = 64;
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(250);

    private readonly HttpContext _http = context.GetHttpContext();
    private readonly Channel<Task<NodeEventResponse>> _answers = Channel.CreateBounded<Task<NodeEventResponse>>(
        new BoundedChannelOptions(OutboundBuffer) { SingleReader = true, SingleWriter = true });

    /// <summary>Runs the stream to its end. Returns when the node has closed it; ends with a status for every other reason.</summary>
    internal async Task RunAsync(IAsyncStreamReader<NodeEventRequest> requests)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, stopping);
        if (!await FirstAsync(requests, end.Token).ConfigureAwait(false))
        {
            return;
        }

        // The gate has just named the sender of the first message, and holds every later one to the same certificate.
        var device = CallGate.Of(context).Stream!.Caller.Device;
        using var connection = runtime.Connect(device).OrThrow();
        var reading = ReadAsync(requests, device, end.Token);
        var writing = WriteAsync(connection, end.Token);
        var first = await Task.WhenAny(reading, writing).ConfigureAwait(false);
        try
        {
            if (first == reading && reading.IsCompletedSuccessfully)
            {
                await writing.ConfigureAwait(false);
                return;
            }

            await end.CancelAsync().ConfigureAwait(false);
            await LeaveAsync(Task.WhenAll(reading, writing)).ConfigureAwait(false);
            await first.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw Stopping();
        }
    }

    private async Task<bool> FirstAsync(IAsyncStreamReader<NodeEventRequest> requests, CancellationToken cancelled)
    {
        using var limit = new CancellationTokenSource(options.FirstEventTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancelled, limit.Token);
        try
        {
            return await NextAsync(requests, either.Token).ConfigureAwait(false);
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancelled.IsCancellationRequested)
        {
            throw new MessageRefusal.StreamSilent().ToException();
        }
    }

    private async Task<bool> NextAsync(IAsyncStreamReader<NodeEventRequest> requests, CancellationToken cancelled)
    {
        try
        {
            return await requests.MoveNext(cancelled).ConfigureAwait(false);
        }
        catch (Exception) when (stopping.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
        {
            throw Stopping();
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<NodeEventRequest> requests, DeviceId device, CancellationToken cancelled)
    {
        try
        {
            do
            {
                var answer = events.ApplyAsync(device, requests.Current);
                await _answers.Writer.WriteAsync(answer, cancelled).ConfigureAwait(false);
            }
            while (await NextAsync(requests, cancelled).ConfigureAwait(false));
        }
        finally
        {
            _answers.Writer.Complete();
        }
    }

    private async Task WriteAsync(NodeConnection connection, CancellationToken cancelled)
    {
        Task<NodeEventResponse>? head = null;
        Task<bool>? moreAnswers = null, moreDispatches = null;
        while (true)
        {
            if (head is null && _answers.Reader.TryRead(out var next))
            {
                head = next;
            }

            if (head is { IsCompleted: true })
            {
                var answer = await head.ConfigureAwait(false);
                head = null;
                answer.Dispatch = TryTake(connection, out var riding) ? NodeEvents.ToWire(riding) : null;
                await SendAsync(answer, cancelled).ConfigureAwait(false);
                continue;
            }

            if (TryTake(connection, out var dispatch))
            {
                await SendAsync(events.Push(dispatch), cancelled).ConfigureAwait(false);
                continue;
            }

            moreDispatches ??= connection.Dispatches.WaitToReadAsync(cancelled).AsTask();
            Task answered = head ?? (Task)(moreAnswers ??= _answers.Reader.WaitToReadAsync(cancelled).AsTask());
            await Task.WhenAny(answered, moreDispatches).ConfigureAwait(false);
            if (moreDispatches.IsCompleted)
            {
                if (!await moreDispatches.ConfigureAwait(false))
                {
                    throw Ended(connection.DeviceId);
                }

                moreDispatches = null;
            }

            if (moreAnswers is { IsCompleted: true })
            {
                if (!await moreAnswers.ConfigureAwait(false) && head is null)
                {
                    return;
                }

                moreAnswers = null;
            }
        }
    }

    private bool TryTake(NodeConnection connection, out CapabilityDispatch dispatch)
    {
        if (!connection.Dispatches.TryPeek(out dispatch!))
        {
            return false;
        }

        // Work leaves only for a device that counts at this moment.
        gate.Authenticate(_http).OrThrow();
        if (!connection.Dispatches.TryRead(out dispatch!))
        {
            return false;
        }

        RpcMetrics.Dispatched();
        return true;
    }

    private async Task SendAsync(NodeEventResponse response, CancellationToken cancelled)
    {
        var write = responses.WriteAsync(response, cancelled);
        if (write.IsCompletedSuccessfully)
        {
            return;
        }

        try
        {
            await write.WaitAsync(options.SlowReaderTimeout, clock, cancelled).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Log.SlowReader(logger, CallGate.Of(context).Stream!.Caller.Device);
            _http.Abort();
            throw new MessageRefusal.SlowReader().ToException();
        }
    }

    /// <summary>Gives both halves a moment to end by themselves; a write that is stuck in a full window is cut, since nothing gets past it.</summary>
    private async Task LeaveAsync(Task both)
    {
        try
        {
            await both.WaitAsync(Farewell).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _http.Abort();
        }
        catch (Exception)
        {
            // How the stream ended is told by the half that ended first.
        }
    }

    private RpcException Ended(DeviceId device)
    {
        if (gate.Authenticate(_http).Refusal is { } refusal)
        {
            return refusal.ToException();
        }

        if (stopping.IsCancellationRequested)
        {
            return Stopping();
        }

        return runtime.TryFindNode(device, out _) ? new MessageRefusal.StreamReplaced().ToException() : new NodeRefusal.NotRegistered(device).ToException();
    }

    private static RpcException Stopping() => new(new Status(StatusCode.Unavailable, "The gateway is stopping."));

    private static partial class Log
    {
        [LoggerMessage(4010, LogLevel.Warning, "Device {Device} did not read its stream in time and was disconnected.")]
        internal static partial void SlowReader(ILogger logger, DeviceId device);
    }
}
