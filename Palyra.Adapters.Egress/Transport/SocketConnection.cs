using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Palyra.Adapters.Egress.Transport;

/// <summary>
/// One accepted connection as Kestrel sees it. Unlike Kestrel's own it starts no loops and holds no buffers: whoever owns the connection reads
/// the stream when it wants to, in pieces of its own size, so that an idle tunnel costs next to nothing.
/// </summary>
internal sealed class SocketConnection : ConnectionContext, IConnectionSocketFeature
{
    private readonly ConnectionFeatures _features = new();
    private IDictionary<object, object?>? _items;
    private string? _id;
    private IDuplexPipe? _transport;
    private int _closed;

    internal SocketConnection(Socket socket)
    {
        Socket = socket;
        Stream = new NetworkStream(socket, ownsSocket: false);
        _features.Set<IConnectionSocketFeature>(this);
    }

    /// <summary>The socket.</summary>
    public Socket Socket { get; }

    /// <summary>The bytes of the socket.</summary>
    internal Stream Stream { get; }

    /// <inheritdoc/>
    public override string ConnectionId
    {
        get => _id ??= CorrelationId.Next();
        set => _id = value;
    }

    /// <inheritdoc/>
    public override IFeatureCollection Features => _features;

    /// <inheritdoc/>
    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    /// <summary>Pipes over the stream, for middleware that wants pipes; made when first asked for.</summary>
    public override IDuplexPipe Transport
    {
        get => _transport ??= new StreamPipes(Stream);
        set => _transport = value;
    }

    /// <inheritdoc/>
    public override EndPoint? LocalEndPoint { get => field ??= Socket.LocalEndPoint; set; }

    /// <inheritdoc/>
    public override EndPoint? RemoteEndPoint { get => field ??= Socket.RemoteEndPoint; set; }

    /// <inheritdoc/>
    public override CancellationToken ConnectionClosed { get; set; }

    /// <summary>Resets the connection.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => Sockets.Reset(Socket);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            Socket.Dispose();
        }

        return base.DisposeAsync();
    }

    private sealed class StreamPipes(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true, useZeroByteReads: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    /// <summary>Ids for logs, unique in the process.</summary>
    private static class CorrelationId
    {
        private static long _last = Environment.TickCount64;

        internal static string Next() => Interlocked.Increment(ref _last).ToString("x", System.Globalization.CultureInfo.InvariantCulture);
    }
}
