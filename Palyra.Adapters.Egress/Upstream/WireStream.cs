using System.Runtime.CompilerServices;

namespace Palyra.Adapters.Egress.Upstream;

/// <summary>
/// The bytes beneath an origin's TLS, passed through; knows whether they have ended. TLS that announces its end is not read beyond it, so that an end
/// seen here is one that TLS knew nothing of: for all one can tell, somebody on the way cut the answer short.
/// </summary>
internal sealed class WireStream(Stream stream) : Stream
{
    private bool _hasEnded;

    /// <summary>Whether a read found the end.</summary>
    internal bool HasEnded => Volatile.Read(ref _hasEnded);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A read of no bytes waits for some and ends with 0, whatever it found.
        var pending = stream.ReadAsync(buffer, cancellationToken);
        return buffer.IsEmpty ? pending
            : pending.IsCompletedSuccessfully ? new ValueTask<int>(Noted(pending.Result))
            : AwaitedAsync(pending);
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => stream.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Noted(stream.Read(buffer, offset, count));

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => stream.Write(buffer, offset, count);

    /// <inheritdoc/>
    public override void Flush() => stream.Flush();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            stream.Dispose();
        }

        base.Dispose(disposing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitedAsync(ValueTask<int> pending) => Noted(await pending.ConfigureAwait(false));

    private int Noted(int count)
    {
        if (count == 0)
        {
            Volatile.Write(ref _hasEnded, true);
        }

        return count;
    }
}
