using System.Net;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Adapters.Grpc.Gate;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Identity.Replay;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Gate;

/// <summary>The product's listener and gate over TLS, with services behind it that answer everybody who gets through.</summary>
internal sealed class GateHost : IAsyncDisposable
{
    private readonly RpcListener _listener;
    private readonly IDisposable _subscription;

    private GateHost(TestGateway gateway, RpcListener listener, OpenStreams streams)
    {
        Gateway = gateway;
        _listener = listener;
        Streams = streams;
        _subscription = gateway.Registry.Subscribe(streams);
    }

    internal TestGateway Gateway { get; }

    internal OpenStreams Streams { get; }

    internal IPEndPoint EndPoint => _listener.EndPoint;

    internal static async Task<GateHost> StartAsync(bool withoutTls = false)
    {
        var gateway = new TestGateway();
        var streams = new OpenStreams();
        var replays = new ReplayGuard();
        var listener = await RpcListener.StartAsync(
            new RpcListenerOptions
            {
                EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
                ServerCertificate = withoutTls ? null : () => gateway.Certificates.ServerContext,
            },
            NullLoggerFactory.Instance,
            services => services
                .AddSingleton<TimeProvider>(gateway.Clock)
                .AddSingleton(new CertificateGate(gateway.Registry, gateway.Certificates, gateway.Clock, withoutTls))
                .AddSingleton(replays)
                .AddSingleton(streams)
                .AddRpcService<NodeRoute>(binder => NodeService.BindService(binder, new AnsweringNodes(replays, gateway.Clock)))
                .AddRpcService<WorkerRoute>(binder => WorkerService.BindService(binder, new AnsweringWorkers())),
            grpc =>
            {
                grpc.Interceptors.Add<FaultInterceptor>();
                grpc.Interceptors.Add<GateInterceptor>();
            },
            endpoints =>
            {
                endpoints.MapGrpcService<NodeRoute>();
                endpoints.MapGrpcService<WorkerRoute>();
            },
            CancellationToken.None);
        return new GateHost(gateway, listener, streams);
    }

    public async ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        await _listener.DisposeAsync();
        Gateway.Dispose();
    }

    private sealed class NodeRoute;

    private sealed class WorkerRoute;

    private sealed class AnsweringNodes(ReplayGuard replays, TimeProvider clock) : NodeService.NodeServiceBase
    {
        public override Task<BeginPairingSessionResponse> BeginPairingSession(BeginPairingSessionRequest request, ServerCallContext context)
        {
            replays.Judge(default, request.Replay, UnixTime.Now(clock)).OrThrow();
            return Task.FromResult(new BeginPairingSessionResponse());
        }

        public override Task<CompletePairingSessionResponse> CompletePairingSession(CompletePairingSessionRequest request, ServerCallContext context) => Task.FromResult(new CompletePairingSessionResponse());

        public override Task<GetPairingRequestStatusResponse> GetPairingRequestStatus(GetPairingRequestStatusRequest request, ServerCallContext context) => Task.FromResult(new GetPairingRequestStatusResponse());

        public override Task<RotateDeviceCertificateResponse> RotateDeviceCertificate(RotateDeviceCertificateRequest request, ServerCallContext context) => Task.FromResult(new RotateDeviceCertificateResponse());

        public override Task<RevokeDevicePairingResponse> RevokeDevicePairing(RevokeDevicePairingRequest request, ServerCallContext context) => Task.FromResult(new RevokeDevicePairingResponse());

        public override Task<RegisterNodeResponse> RegisterNode(RegisterNodeRequest request, ServerCallContext context) => Task.FromResult(new RegisterNodeResponse());

        public override Task<ExecuteCapabilityResponse> ExecuteCapability(ExecuteCapabilityRequest request, ServerCallContext context) => Task.FromResult(new ExecuteCapabilityResponse());

        public override async Task StreamNodeEvents(IAsyncStreamReader<NodeEventRequest> requestStream, IServerStreamWriter<NodeEventResponse> responseStream, ServerCallContext context)
        {
            await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(new NodeEventResponse { Reason = message.EventName });
            }
        }
    }

    private sealed class AnsweringWorkers : WorkerService.WorkerServiceBase
    {
        public override Task<IssueAttestationChallengeResponse> IssueAttestationChallenge(IssueAttestationChallengeRequest request, ServerCallContext context) => Task.FromResult(new IssueAttestationChallengeResponse());

        public override Task<RegisterWorkerResponse> RegisterWorker(RegisterWorkerRequest request, ServerCallContext context) => Task.FromResult(new RegisterWorkerResponse());

        public override Task<HeartbeatResponse> Heartbeat(HeartbeatRequest request, ServerCallContext context) => Task.FromResult(new HeartbeatResponse());

        public override Task<StartWorkResponse> StartWork(StartWorkRequest request, ServerCallContext context) => Task.FromResult(new StartWorkResponse());

        public override Task<RenewLeaseResponse> RenewLease(RenewLeaseRequest request, ServerCallContext context) => Task.FromResult(new RenewLeaseResponse());

        public override Task<ReportCleanupResponse> ReportCleanup(ReportCleanupRequest request, ServerCallContext context) => Task.FromResult(new ReportCleanupResponse());

        public override Task<EvaluateEgressResponse> EvaluateEgress(EvaluateEgressRequest request, ServerCallContext context) => Task.FromResult(new EvaluateEgressResponse());
    }
}
