using System.Collections.Concurrent;
using System.Diagnostics;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Grpc.Nodes;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>Executes what the gateway dispatches. It outlives the streams: work goes on while the node reconnects, and stops when its lease does.</summary>
internal sealed partial class CapabilityRunner(
    CapabilityHandlers handlers, Outbox outbox, DeviceId device, PalyraNodeClientOptions options, TimeProvider clock, ILogger logger) : IAsyncDisposable
{
    private const int Remembered = 4096;
    private static readonly ActivitySource Activities = new("Palyra");

    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _answered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Queue<string> _seenInOrder = new();
    private readonly CancellationTokenSource _stop = new();

    /// <summary>The worker's half of the connection that is open now; <see langword="null"/> on a node that is no worker, and before the first.</summary>
    internal volatile WorkerSession? Session;

    private PalyraNodeClientOptions Options => options;

    private TimeProvider Clock => clock;

    private ILogger Logger => logger;

    private DeviceId Device => device;

    private string ScratchRoot => options.ScratchRoot ?? Path.GetTempPath();

    private string ScratchPrefix => $"palyra-lease-{device}-";

    private bool IsStopping => _stop.IsCancellationRequested;

    internal bool IsIdle => _running.IsEmpty;

    /// <summary>Takes a dispatch. Called by one stream at a time. One that was taken before is acknowledged again and not executed again.</summary>
    internal void Accept(NodeCapabilityDispatch dispatch)
    {
        var id = dispatch.RequestId?.Ulid ?? "";
        if (!CapabilityRequestId.TryParse(id, out var requestId) || _stop.IsCancellationRequested)
        {
            return;
        }

        outbox.Post(NodeMessages.Report(device, EventNames.Accepted, id));
        if (!_seen.Add(id))
        {
            return;
        }

        _seenInOrder.Enqueue(id);
        if (_seenInOrder.Count > Remembered)
        {
            _seen.Remove(_seenInOrder.Dequeue());
        }

        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[id] = started.Task;
        _ = RunAsync(dispatch, requestId, id, started);
    }

    /// <summary>Removes the scratch folders of this device that an earlier process left when it was killed: nobody's work may be read by the next lease.</summary>
    internal void RemoveLeftovers()
    {
        if (!Directory.Exists(ScratchRoot))
        {
            return;
        }

        foreach (var folder in Directory.EnumerateDirectories(ScratchRoot, ScratchPrefix + "*"))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Log.LeftoverStays(logger, folder, failure);
            }
        }
    }

    /// <summary>Stops all work and waits for it to have reported.</summary>
    internal async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_running.Values).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync(NodeCapabilityDispatch dispatch, CapabilityRequestId requestId, string id, TaskCompletionSource ended)
    {
        try
        {
            await Task.Yield();
            if (Refuse(dispatch) is { } refused)
            {
                await AnswerAsync(id, CapabilityOutput.Failed(refused)).ConfigureAwait(false);
            }
            else if (dispatch.LeaseId is { } lease)
            {
                await RunLeasedAsync(dispatch, requestId, lease.Ulid).ConfigureAwait(false);
            }
            else
            {
                using var time = Deadline(dispatch);
                var (output, _) = await InvokeAsync(dispatch, requestId, null, time).ConfigureAwait(false);
                await AnswerAsync(id, output).ConfigureAwait(false);
            }
        }
        catch (Exception failure) // a request that fails on the node's side must not end the node
        {
            Log.RequestFailed(logger, id, failure);
            await AnswerAsync(id, CapabilityOutput.Failed("failed: the node could not carry the request through")).ConfigureAwait(false);
        }
        finally
        {
            _running.TryRemove(id, out _);
            _answered.TryRemove(id, out _);
            ended.SetResult();
        }
    }

    private string? Refuse(NodeCapabilityDispatch dispatch) =>
        _running.Count > options.MaxConcurrentRequests ? "busy: this node executes as many requests as it may"
        : !handlers.TryGet(dispatch.Capability, out _) ? "capability_unavailable: this node does not offer the capability"
        : (ulong)dispatch.InputJson.Length > MaxPayload(dispatch) ? "payload_too_large: the input is larger than the request allows"
        : null;

    private async Task RunLeasedAsync(NodeCapabilityDispatch dispatch, CapabilityRequestId requestId, string lease)
    {
        var id = requestId.ToString();
        if (Session is not { } session || !LeaseId.TryParse(lease, out var leaseId))
        {
            await AnswerAsync(id, CapabilityOutput.Failed("start_refused: this node is no worker")).ConfigureAwait(false);
            return;
        }

        StartWorkResponse answer;
        long askedAt;
        try
        {
            (answer, askedAt) = await session.StartAsync(leaseId, dispatch.FencingToken, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is RpcException or ObjectDisposedException)
        {
            var why = (failure as RpcException)?.StatusCode ?? StatusCode.Unavailable;
            await AnswerAsync(id, CapabilityOutput.Failed($"start_refused: {why}")).ConfigureAwait(false);
            return;
        }

        if (!answer.Accepted)
        {
            await AnswerAsync(id, CapabilityOutput.Failed($"start_refused: {answer.Reason}")).ConfigureAwait(false);
            return;
        }

        using var time = new LeaseClock(clock, options.LeaseMargin, askedAt, TimeSpan.FromMilliseconds(Math.Clamp(answer.LeaseExpiresAtUnixMs - answer.GatewayTimeUnixMs, 0, int.MaxValue)));
        var work = new LeasedWork(this, leaseId, dispatch.FencingToken, time, answer);
        await work.RunAsync(dispatch, requestId).ConfigureAwait(false);
    }

    /// <summary>Runs the handler until it is done or its time is over.</summary>
    /// <returns>What to answer; and whether the handler has ended, as opposed to being left to itself.</returns>
    private async Task<(CapabilityOutput Output, bool Ended)> InvokeAsync(
        NodeCapabilityDispatch dispatch, CapabilityRequestId requestId, ActiveLease? lease, LeaseClock time)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, time.Over);
        using var activity = Activities.StartActivity("palyra.capability.execute", ActivityKind.Consumer, dispatch.Traceparent);
        activity?.SetTag("palyra.capability", dispatch.Capability);
        var invocation = new CapabilityInvocation(
            requestId, dispatch.Capability, dispatch.InputJson.Memory, MaxPayload(dispatch), lease);
        handlers.TryGet(dispatch.Capability, out var handler);
        var work = Task.Run(async () => await handler!.ExecuteAsync(invocation, over.Token).ConfigureAwait(false), CancellationToken.None);
        try
        {
            var output = await work.WaitAsync(over.Token).ConfigureAwait(false);
            return (Check(output, invocation.MaxPayloadBytes), true);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            var ended = await Task.WhenAny(work, Task.Delay(options.StopGrace, clock)).ConfigureAwait(false) == work;
            var why = _stop.IsCancellationRequested ? "stopped: the node is stopping" : lease is null ? "timed_out: the request's deadline has passed" : "lease_expired: the work was stopped before its lease ended";
            return (CapabilityOutput.Failed(why), ended);
        }
        catch (Exception failure) // whatever a handler throws fails its own request only
        {
            Log.HandlerFailed(logger, dispatch.Capability, failure);
            return (CapabilityOutput.Failed("failed: the capability failed on the node"), true);
        }
    }

    private static CapabilityOutput Check(CapabilityOutput output, ulong maxPayload) =>
        (ulong)output.Json.Length > maxPayload ? CapabilityOutput.Failed("payload_too_large: the output is larger than the request allows")
        : !output.Json.IsEmpty && !NodeMessages.IsJson(output.Json.Span) ? CapabilityOutput.Failed("failed: the capability's output is no JSON")
        : !output.Success && output.Error is null ? CapabilityOutput.Failed("failed: the capability gave no output")
        : output;

    /// <summary>
    /// Sends the result of a request, once: a fault after it is none of the gateway's. The task in the answer completes when the gateway has taken it; a node
    /// that is stopping waits for that here.
    /// </summary>
    private async ValueTask<Task> AnswerAsync(string id, CapabilityOutput output)
    {
        if (!_answered.TryAdd(id, 0))
        {
            return Task.CompletedTask;
        }

        var answered = await outbox.SendAsync(NodeMessages.Result(device, id, output), CancellationToken.None).ConfigureAwait(false);
        if (_stop.IsCancellationRequested)
        {
            await Task.WhenAny(answered, Task.Delay(options.CallTimeout, clock)).ConfigureAwait(false);
        }

        return answered;
    }

    // No lease to measure: the deadline is by the gateway's clock, and the wall clocks are taken to agree.
    private LeaseClock Deadline(NodeCapabilityDispatch dispatch)
    {
        var left = dispatch.DeadlineUnixMs > 0 ? new UnixTime(dispatch.DeadlineUnixMs).MillisecondsSince(UnixTime.Now(clock)) : (long)TimeSpan.FromHours(1).TotalMilliseconds;
        return new LeaseClock(clock, TimeSpan.Zero, clock.GetTimestamp(), TimeSpan.FromMilliseconds(Math.Clamp(left, 0, int.MaxValue)));
    }

    private static ulong MaxPayload(NodeCapabilityDispatch dispatch) => PayloadLimit.Effective(dispatch.MaxPayloadBytes);

    private static partial class Log
    {
        [LoggerMessage(4211, LogLevel.Error, "The handler of {Capability} failed.")]
        internal static partial void HandlerFailed(ILogger logger, string capability, Exception failure);

        [LoggerMessage(4212, LogLevel.Error, "Request {Request} could not be carried through.")]
        internal static partial void RequestFailed(ILogger logger, string request, Exception failure);

        [LoggerMessage(4213, LogLevel.Warning, "The scratch folder of lease {Lease} could not be removed.")]
        internal static partial void ScratchLeft(ILogger logger, LeaseId lease, Exception failure);

        [LoggerMessage(4216, LogLevel.Error, "Lease {Lease} got no scratch folder, and its work was not begun.")]
        internal static partial void NoScratch(ILogger logger, LeaseId lease, Exception failure);

        [LoggerMessage(4215, LogLevel.Warning, "The scratch folder {Folder} of an earlier process could not be removed.")]
        internal static partial void LeftoverStays(ILogger logger, string folder, Exception failure);

        [LoggerMessage(4214, LogLevel.Warning, "The cleanup of lease {Lease} could not be reported: {Why}")]
        internal static partial void CleanupNotReported(ILogger logger, LeaseId lease, string why);
    }
}
