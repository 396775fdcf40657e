using System.Threading.Channels;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Ids;

namespace Palyra.Domain.Nodes;

/// <summary>One event stream of one node. Dispose it when the stream ends.</summary>
public sealed class NodeConnection : IDisposable
{
    private readonly NodeRuntime _runtime;

    // No more than the places in flight are ever in it at once. The runtime writes under its lock, and empties it when the stream has to end.
    private readonly Channel<CapabilityDispatch> _dispatches =
        Channel.CreateUnbounded<CapabilityDispatch>(new UnboundedChannelOptions { SingleReader = false, SingleWriter = true });

    internal NodeConnection(NodeRuntime runtime, DeviceId device)
    {
        _runtime = runtime;
        DeviceId = device;
    }

    /// <summary>The node's device.</summary>
    public DeviceId DeviceId { get; }

    /// <summary>
    /// What to send, in order, each durable before it appears here. Completes when the stream has to end: a newer stream of the device has replaced this
    /// one, the device was revoked or removed, or the runtime closes; what was not read by then is gone from it. One reader.
    /// </summary>
    public ChannelReader<CapabilityDispatch> Dispatches => _dispatches.Reader;

    /// <summary>Ends the stream on the runtime's side. A stream that was replaced changes nothing any more.</summary>
    public void Dispose() => _runtime.Disconnect(this);

    internal void Send(CapabilityDispatch dispatch) => _dispatches.Writer.TryWrite(dispatch);

    /// <summary>Nothing more leaves on this stream, not even what was waiting to be read: the device may be revoked, or get it on its next stream.</summary>
    internal void End()
    {
        _dispatches.Writer.TryComplete();
        while (_dispatches.Reader.TryRead(out _))
        {
        }
    }
}
