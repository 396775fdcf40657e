using System.Threading.Channels;
using Google.Protobuf;
using Palyra.Adapters.Grpc.Wire.Node;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>
/// Events on their way to the gateway. A result that was sent and not answered is sent again on the next stream: the gateway takes the first and
/// reports the second as a duplicate.
/// </summary>
internal sealed class Outbox
{
    private const int Capacity = 256;
    private readonly Channel<OutgoingEvent> _waiting = Channel.CreateBounded<OutgoingEvent>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly Queue<OutgoingEvent> _unanswered = new();
    private List<OutgoingEvent> _again = [];

    /// <summary>Adds an event that has to arrive, and waits for room.</summary>
    internal async ValueTask<Task> SendAsync(NodeEventRequest message, CancellationToken cancellationToken)
    {
        var outgoing = new OutgoingEvent(message, MustArrive: true);
        await _waiting.Writer.WriteAsync(outgoing, cancellationToken).ConfigureAwait(false);
        return outgoing.Answered.Task;
    }

    /// <summary>Adds an event that need not arrive: it is dropped when there is no room, and sent once.</summary>
    internal void Post(NodeEventRequest message) => _waiting.Writer.TryWrite(new OutgoingEvent(message, MustArrive: false));

    /// <summary>A stream has begun: what the last one left unanswered comes first.</summary>
    internal void StreamBegan()
    {
        lock (_lock)
        {
            _again = [.. _again, .. _unanswered.Where(outgoing => outgoing.MustArrive)];
            _unanswered.Clear();
        }
    }

    /// <summary>The next event to write to the stream; it counts as unanswered from now on.</summary>
    internal async ValueTask<NodeEventRequest> NextAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_again.Count > 0)
            {
                var again = _again[0];
                _again.RemoveAt(0);
                _unanswered.Enqueue(again);
                return again.Message;
            }
        }

        var next = await _waiting.Reader.ReadAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            _unanswered.Enqueue(next);
        }

        return next.Message;
    }

    /// <summary>Puts an event before all others on this stream, as the first of it.</summary>
    internal void First(NodeEventRequest message)
    {
        lock (_lock)
        {
            _again.Insert(0, new OutgoingEvent(message, MustArrive: false));
        }
    }

    /// <summary>The oldest event of the stream was answered.</summary>
    internal void Answered()
    {
        lock (_lock)
        {
            if (_unanswered.TryDequeue(out var answered))
            {
                answered.Answered.TrySetResult();
            }
        }
    }

    private sealed record OutgoingEvent(NodeEventRequest Message, bool MustArrive)
    {
        internal TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
