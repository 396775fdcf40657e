using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Grpc.Nodes;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Identity;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>One connection to the gateway: register, open the stream, serve it until it ends, the node stops, or the certificate was replaced.</summary>
internal sealed partial class NodeConnection(
    NodeIdentity identity, NodeIdentityStore store, CapabilityHandlers handlers, CapabilityRunner runner, Outbox outbox, PalyraNodeClientOptions options,
    TimeProvider clock, ILogger logger, Action onConnected)
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    /// <summary>Serves one connection. Returns when it ended in order; a failure of the connection is an <see cref="RpcException"/>.</summary>
    /// <returns>Whether it ended for a new certificate, to be made again with that at once.</returns>
    internal async Task<bool> RunAsync(CancellationToken stop)
    {
        using var certificate = identity.ClientCertificate();
        using var channel = new GatewayChannel(options, certificate, clock);
        await RegisterAsync(channel, stop).ConfigureAwait(false);
        var worker = options.Attestor is { } attestor ? new WorkerSession(channel, identity.DeviceId, attestor, clock, logger) : null;
        runner.Session = worker;

        using var abort = new CancellationTokenSource();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var call = channel.Nodes.StreamNodeEvents(cancellationToken: abort.Token);
        outbox.StreamBegan();
        outbox.First(NodeMessages.Event(identity.DeviceId, EventNames.Started));
        var reading = ReadAsync(call.ResponseStream, abort.Token);
        var writing = WriteAsync(call.RequestStream, ending.Token);
        var beating = BeatAsync(channel, worker, certificate, ending.Token);
        var first = await Task.WhenAny(reading, writing, beating).ConfigureAwait(false);
        await ending.CancelAsync().ConfigureAwait(false);
        if (first != reading)
        {
            await LeaveAsync(call, Task.WhenAll(writing, beating), reading, stop.IsCancellationRequested).ConfigureAwait(false);
        }

        await abort.CancelAsync().ConfigureAwait(false);
        await QuietAsync(Task.WhenAll(reading, writing, beating)).ConfigureAwait(false);
        if (stop.IsCancellationRequested)
        {
            return false;
        }

        await first.ConfigureAwait(false);
        return first == beating;
    }

    private async Task RegisterAsync(GatewayChannel channel, CancellationToken stop)
    {
        var request = new RegisterNodeRequest
        {
            V = NodeMessages.Version,
            DeviceId = NodeMessages.Id(identity.DeviceId),
            Platform = options.Platform,
            Replay = NodeMessages.Replay(UnixTime.Now(clock)),
        };
        request.Capabilities.AddRange(handlers.Names.Select(name => new DeviceCapability { Name = name, Available = true }));
        var answer = await channel.Nodes.RegisterNodeAsync(request, channel.Call(stop)).ConfigureAwait(false);
        if (!answer.Accepted)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, answer.Reason));
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<NodeEventResponse> responses, CancellationToken aborted)
    {
        var connected = false;
        while (await responses.MoveNext(aborted).ConfigureAwait(false))
        {
            var response = responses.Current;
            if (!connected)
            {
                connected = true;
                Log.Connected(logger, identity.DeviceId);
                onConnected();
            }

            if (response.Reason != EventNames.DispatchReason)
            {
                outbox.Answered();
            }

            if (response.Dispatch is { } dispatch)
            {
                runner.Accept(dispatch);
            }
        }
    }

    private async Task WriteAsync(IClientStreamWriter<NodeEventRequest> requests, CancellationToken ending)
    {
        while (true)
        {
            var next = await outbox.NextAsync(ending).ConfigureAwait(false);
            await requests.WriteAsync(next, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Heartbeats, and the rotation of the certificate when it is due. Returns when the certificate was replaced.</summary>
    private async Task BeatAsync(GatewayChannel channel, WorkerSession? worker, X509Certificate2 certificate, CancellationToken ending)
    {
        if (worker is not null)
        {
            await worker.JoinAsync(ending).ConfigureAwait(false);
        }

        using var timer = new PeriodicTimer(options.HeartbeatInterval, clock);
        do
        {
            if (await RotateWhenDueAsync(channel, certificate, ending).ConfigureAwait(false))
            {
                return;
            }

            outbox.Post(NodeMessages.Event(identity.DeviceId, EventNames.Heartbeat));
            await BeatWorkerAsync(worker, ending).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(ending).ConfigureAwait(false));
    }

    private async Task BeatWorkerAsync(WorkerSession? worker, CancellationToken ending)
    {
        try
        {
            await (worker?.HeartbeatAsync(ending) ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (RpcException failure) when (!ending.IsCancellationRequested && GatewayChannel.Explain(failure) is not NodeClientRefusal.Denied)
        {
            Log.HeartbeatFailed(logger, failure.StatusCode);
        }
    }

    private async Task<bool> RotateWhenDueAsync(GatewayChannel channel, X509Certificate2 certificate, CancellationToken ending)
    {
        var (notBefore, notAfter, now) = (UnixTime.From(certificate.NotBefore.ToUniversalTime()), UnixTime.From(certificate.NotAfter.ToUniversalTime()), UnixTime.Now(clock));
        // The new certificate needs a new stream, and the gateway gives up on work that was acknowledged on the old one: wait for a quiet moment, while there is time.
        var urgent = notAfter.MillisecondsSince(now) < notAfter.MillisecondsSince(notBefore) / 6;
        if (!CertificateRotation.IsDue(notBefore, notAfter, now) || (!runner.IsIdle && !urgent))
        {
            return false;
        }

        // Written once more first: a disk that takes nothing must be noticed before the gateway retires the certificate that is in hand.
        store.Save(identity);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new RotateDeviceCertificateRequest
        {
            V = NodeMessages.Version,
            DeviceId = NodeMessages.Id(identity.DeviceId),
            Replay = NodeMessages.Replay(now),
            CertificateSigningRequest = ByteString.CopyFrom(DeviceHandshake.NewCertificateRequest(key, identity.DeviceId)),
        };
        try
        {
            var answer = await channel.Nodes.RotateDeviceCertificateAsync(request, channel.Call(ending)).ConfigureAwait(false);
            var privateKey = key.ExportPkcs8PrivateKey();
            using var authority = X509Certificate2.CreateFromPem(identity.GatewayCaPem);
            if (!answer.Rotated || !IssuedCertificates.IsFor(answer.MtlsClientCertificatePem, privateKey, identity.DeviceId, authority, now))
            {
                Log.RotationRefused(logger, answer.Reason);
                return false;
            }

            store.Save(identity with { CertificateKey = privateKey, CertificatePem = answer.MtlsClientCertificatePem });
            Log.Rotated(logger, identity.DeviceId);
            return true;
        }
        catch (RpcException failure) when (!ending.IsCancellationRequested && GatewayChannel.Explain(failure) is not NodeClientRefusal.Denied)
        {
            Log.RotationRefused(logger, failure.Status.Detail);
            return false;
        }
    }

    /// <summary>Says good-bye while the stream still stands, and gives the gateway a moment to end it.</summary>
    private async Task LeaveAsync(AsyncDuplexStreamingCall<NodeEventRequest, NodeEventResponse> call, Task others, Task reading, bool stopping)
    {
        try
        {
            await QuietAsync(others).WaitAsync(Farewell, clock).ConfigureAwait(false);
            if (stopping)
            {
                await call.RequestStream.WriteAsync(NodeMessages.Event(identity.DeviceId, EventNames.Stopping), CancellationToken.None).WaitAsync(Farewell, clock).ConfigureAwait(false);
            }

            await call.RequestStream.CompleteAsync().WaitAsync(Farewell, clock).ConfigureAwait(false);
            await QuietAsync(reading).WaitAsync(Farewell, clock).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is TimeoutException or RpcException or InvalidOperationException)
        {
            // The stream is gone or stuck; it is cut next.
        }
    }

    private static async Task QuietAsync(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (Exception)
        {
            // How the connection ended is told by the half that ended first.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4221, LogLevel.Information, "Node {Device} is connected.")]
        internal static partial void Connected(ILogger logger, Palyra.Domain.Ids.DeviceId device);

        [LoggerMessage(4222, LogLevel.Warning, "A worker heartbeat failed: {Status}.")]
        internal static partial void HeartbeatFailed(ILogger logger, StatusCode status);

        [LoggerMessage(4223, LogLevel.Information, "Node {Device} has a new certificate.")]
        internal static partial void Rotated(ILogger logger, Palyra.Domain.Ids.DeviceId device);

        [LoggerMessage(4224, LogLevel.Warning, "The certificate was not replaced: {Reason}. The next heartbeat tries again.")]
        internal static partial void RotationRefused(ILogger logger, string reason);
    }
}
