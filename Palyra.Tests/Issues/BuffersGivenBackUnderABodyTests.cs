using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Egress.Transport;
using Palyra.Domain.Egress.Policies;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>
/// An exchange whose answer could not be audited, or not be written, ended while its request's body was still being read: the buffers of both connections
/// went back to the pool, and what came next was read into memory that another connection had by then.
/// </summary>
public class BuffersGivenBackUnderABodyTests
{
    [Fact]
    public async Task Run_TheAnswerCannotBeAudited_EndsAfterItsBodyHasLetGo()
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = ScriptedOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        world.Audit.IsBroken = true;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var worker = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await worker.ConnectAsync(listener.LocalEndpoint);
        await using var accepted = new SocketConnection(await listener.AcceptSocketAsync());
        await using var stream = new StreamThatLetsGoLate(
            $"POST http://{origin.Authority}/ HTTP/1.1\r\nHost: {origin.Authority}\r\nContent-Length: 10\r\n\r\n12345");
        using var client = new ClientConnection(
            accepted, stream, world.Server.Core.Sweep, new ConnectionPlace(new Strangers(1), new WorkerSlots(1, 1), accepted));
        await client.Input.ReadAsync();
        var request = new RequestHead();
        var length = client.Input.Count - 5;
        Assert.Null(request.Parse(client.Input.Bytes[..length]));
        var session = world.Leases.Open(policy: EgressPolicy.Compile(ProxyWorld.Reaching(origin))).Session;
        var plan = RequestRules.Check(request, client.Input.Bytes[..length]);

        var running = new Exchange(world.Server.Core, client, session, request, plan, length).RunAsync().AsTask();

        await Wait.UntilAsync(() => client.AbortReason is not null);
        Assert.False(running.IsCompleted);
        stream.LetGo();
        Assert.False(await running);
    }

    /// <summary>Gives what it has, then holds every read until it is told not to, whatever becomes of the connection meanwhile.</summary>
    private sealed class StreamThatLetsGoLate(string text) : SslStream(new MemoryStream())
    {
        private readonly TaskCompletionSource<int> _held = new();
        private byte[]? _bytes = Encoding.ASCII.GetBytes(text);

        public override X509Certificate? RemoteCertificate => null;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_bytes is not { } bytes)
            {
                return await _held.Task;
            }

            _bytes = null;
            bytes.CopyTo(buffer);
            return bytes.Length;
        }

        internal void LetGo() => _held.SetException(new IOException("The connection was reset."));
    }
}
