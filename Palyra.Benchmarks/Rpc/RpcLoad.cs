using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;

namespace Palyra.Benchmarks.Rpc;

/// <summary>The load, the same for every server.</summary>
internal sealed class RpcLoad(X509Certificate2 authority, int port)
{
    internal GrpcChannel Connect(BenchDevice device) => GrpcChannel.ForAddress($"https://localhost:{port}", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            SslOptions = Tls(device.Load()),
            ConnectCallback = async (_, cancelled) => new NetworkStream(await ConnectAsync(cancelled), ownsSocket: true),
        },
    });

    /// <summary>Calls a second over one connection, and the latency of each call in microseconds.</summary>
    internal static async Task<(double PerSecond, double[] Latencies)> UnaryAsync(GrpcChannel channel, BenchDevice device, int concurrency, TimeSpan duration)
    {
        var client = new WorkerService.WorkerServiceClient(channel);
        var request = new HeartbeatRequest { V = 1, DeviceId = new() { Ulid = device.Id } };
        var start = Stopwatch.GetTimestamp();
        var latencies = await Task.WhenAll(Enumerable.Range(0, concurrency).Select(_ => Task.Run(async () =>
        {
            var own = new List<double>();
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                var before = Stopwatch.GetTimestamp();
                await client.HeartbeatAsync(request);
                own.Add(Stopwatch.GetElapsedTime(before).TotalMicroseconds);
            }

            return own;
        })));
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double[] all = [.. latencies.SelectMany(own => own)];
        return (all.Length / elapsed, all);
    }

    /// <summary>Events answered a second on one stream with so many under way.</summary>
    internal static async Task<double> StreamAsync(GrpcChannel channel, BenchDevice device, int window, TimeSpan duration)
    {
        using var call = new NodeService.NodeServiceClient(channel).StreamNodeEvents();
        var request = new NodeEventRequest { V = 1, DeviceId = new() { Ulid = device.Id }, EventName = "node.heartbeat" };
        using var room = new SemaphoreSlim(window);
        var start = Stopwatch.GetTimestamp();
        var reading = Task.Run(async () =>
        {
            var count = 0;
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                count++;
                room.Release();
            }

            return count;
        });
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            await room.WaitAsync();
            await call.RequestStream.WriteAsync(request);
        }

        await call.RequestStream.CompleteAsync();
        return await reading / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Full mutual handshakes a second, four at a time, no resumption.</summary>
    internal async Task<double> HandshakesAsync(BenchDevice device, TimeSpan duration)
    {
        using var certificate = device.Load();
        var count = 0;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                using var socket = await ConnectAsync(CancellationToken.None);
                await using var tls = new SslStream(new NetworkStream(socket));
                var options = Tls(certificate);
                options.TargetHost = "localhost";
                options.ApplicationProtocols = [SslApplicationProtocol.Http2];
                options.AllowTlsResume = false;
                await tls.AuthenticateAsClientAsync(options);
                Interlocked.Increment(ref count);
            }
        })));
        return count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Opens an event stream of one device over a connection of its own, and waits for its first answer.</summary>
    internal async Task<(GrpcChannel Channel, AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse> Call)> OpenAsync(BenchDevice device)
    {
        var channel = Connect(device);
        var call = new NodeService.NodeServiceClient(channel).StreamNodeEvents();
        await call.RequestStream.WriteAsync(new NodeEventRequest { V = 1, DeviceId = new() { Ulid = device.Id }, EventName = "node.started" });
        await call.ResponseStream.MoveNext(CancellationToken.None);
        return (channel, call);
    }

    private async Task<Socket> ConnectAsync(CancellationToken cancelled)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, cancelled);
        return socket;
    }

    private SslClientAuthenticationOptions Tls(X509Certificate2 certificate) => new()
    {
        ClientCertificates = [certificate],
        LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { authority },
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        },
    };
}
