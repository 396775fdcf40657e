using Grpc.Core;
using Palyra.Adapters.Grpc.Server;
using Palyra.Domain.Identity;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>One open stream, and the signal that its sender no longer counts.</summary>
internal sealed class OpenStream(OpenStreams streams, Caller caller) : IDisposable
{
    private readonly CancellationTokenSource _revoked = new();

    internal Caller Caller { get; private set; } = caller;

    /// <summary>Cancelled when the device, or the certificate the stream was opened with, is revoked.</summary>
    internal CancellationToken Revoked => _revoked.Token;

    /// <summary>Called with the sender of every message. With TLS it is always the same; without, the message alone says who speaks.</summary>
    internal void Name(Caller caller) => Caller = caller;

    /// <summary>How the call ends when it was revoked.</summary>
    internal RpcException ToException() => Caller.Certificate.IsEmpty
        ? new IdentityRefusal.DeviceRevoked(Caller.Device).ToException()
        : new IdentityRefusal.CertificateRevoked(Caller.Certificate).ToException();

    // On another thread: whoever revokes must not run what a stream does at its end.
    internal void End()
    {
        try
        {
            _ = _revoked.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself in this moment.
        }
    }

    public void Dispose()
    {
        streams.Close(this);
        _revoked.Dispose();
    }
}
