using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Grpc.Gate;
using Palyra.Adapters.Grpc.Pairing;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Identity;
using Palyra.Domain.Identity.Replay;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Nodes;

/// <summary>
/// Node service calls, mapped to the domain. Who calls, and whether a message is fresh, is settled before anything arrives here, save for callers that have no
/// identity yet.
/// </summary>
internal sealed class NodeRpcService(
    PairingService pairing, NodeRuntime runtime, IdentityRegistry registry, CertificateGate gate, ReplayGuard replays, NodeRpcOptions options, IEntropy entropy,
    TimeProvider clock, ILogger<NodeRpcService> logger, CancellationToken stopping) : NodeService.NodeServiceBase
{
    private readonly NodeEvents _events = new(runtime, entropy, clock);

    public override async Task<BeginPairingSessionResponse> BeginPairingSession(BeginPairingSessionRequest request, ServerCallContext context)
    {
        var (method, code) = PairingWire.Read(request.Method);
        var from = context.GetHttpContext().Connection.RemoteIpAddress;
        var challenge = (await pairing.BeginAsync(
            request.V, request.ClientKind, method, code, from, () => replays.Judge(default, request.Replay, UnixTime.Now(clock))).ConfigureAwait(false)).OrThrow();
        return new BeginPairingSessionResponse
        {
            V = Echo(request.V),
            SessionId = challenge.SessionId.ToString(),
            ClientKind = Domain.Pairing.ClientKinds.ToWireName(challenge.ClientKind),
            GatewayEphemeralPublic = ByteString.CopyFrom(challenge.GatewayPublic.Span),
            Challenge = ByteString.CopyFrom(challenge.Challenge.Span),
            ExpiresAtUnixMs = (ulong)Math.Max(0, challenge.ExpiresAt.Milliseconds),
        };
    }

    public override async Task<CompletePairingSessionResponse> CompletePairingSession(CompletePairingSessionRequest request, ServerCallContext context) =>
        PairingWire.Completed(Echo(request.V), (await pairing.CompleteAsync(PairingWire.Read(request)).ConfigureAwait(false)).OrThrow());

    public override async Task<GetPairingRequestStatusResponse> GetPairingRequestStatus(GetPairingRequestStatusRequest request, ServerCallContext context)
    {
        var status = await pairing.StatusAsync(PairingWire.ReadSession(request.SessionId), PairingWire.ReadDevice(request.DeviceId)).ConfigureAwait(false);
        return PairingWire.Status(Echo(request.V), status.OrThrow());
    }

    public override async Task<RotateDeviceCertificateResponse> RotateDeviceCertificate(RotateDeviceCertificateRequest request, ServerCallContext context)
    {
        var caller = CallGate.Of(context).Caller;
        var presented = caller.Certificate.IsEmpty && registry.TryGetIdentity(caller.Device, out var identity) ? identity.Current!.Fingerprint : caller.Certificate;
        var certificate = (await pairing.RotateAsync(caller.Device, presented, request.CertificateSigningRequest.Memory).ConfigureAwait(false)).OrThrow();
        return new RotateDeviceCertificateResponse
        {
            V = Echo(request.V),
            Rotated = true,
            MtlsClientCertificatePem = certificate.Pem,
            CertExpiresAtUnixMs = (ulong)Math.Max(0, certificate.ExpiresAt.Milliseconds),
        };
    }

    public override Task<RevokeDevicePairingResponse> RevokeDevicePairing(RevokeDevicePairingRequest request, ServerCallContext context)
    {
        var revoked = pairing.Revoke(CallGate.Of(context).Caller.Device, request.Reason).OrThrow();
        return Task.FromResult(new RevokeDevicePairingResponse { V = Echo(request.V), Revoked = true, Reason = revoked.Revocation?.Reason ?? "" });
    }

    public override async Task<RegisterNodeResponse> RegisterNode(RegisterNodeRequest request, ServerCallContext context)
    {
        var device = CallGate.Of(context).Caller.Device;
        await ReadmitAsync(device).ConfigureAwait(false);
        var offered = request.Capabilities.Select(capability => new NodeCapability(capability.Name, capability.Available));
        (await runtime.RegisterNode(device, request.Platform, offered).ConfigureAwait(false)).OrThrow();
        return new RegisterNodeResponse { V = Echo(request.V), DeviceId = request.DeviceId, Accepted = true };
    }

    public override async Task<ExecuteCapabilityResponse> ExecuteCapability(ExecuteCapabilityRequest request, ServerCallContext context)
    {
        var device = CallGate.Of(context).Caller.Device;
        var deadline = context.Deadline == DateTime.MaxValue
            ? UnixTime.Now(clock).Add(options.ExecuteTimeout)
            : UnixTime.From(new DateTimeOffset(context.Deadline, TimeSpan.Zero));
        var pending = (await runtime.Enqueue(
            device, request.Capability, request.InputJson.Memory, request.MaxPayloadBytes, deadline, cancellation: context.CancellationToken).ConfigureAwait(false)).OrThrow();
        var outcome = await pending.Completion.ConfigureAwait(false);
        return outcome.State == CapabilityRequestState.TimedOut
            ? throw new CapabilityRefusal.DeadlineExceeded().ToException()
            : new ExecuteCapabilityResponse
            {
                V = Echo(request.V),
                Success = outcome.Success,
                OutputJson = UnsafeByteOperations.UnsafeWrap(outcome.OutputJson),
                Error = outcome.Error ?? "",
            };
    }

    public override Task StreamNodeEvents(
        IAsyncStreamReader<NodeEventRequest> requestStream, IServerStreamWriter<NodeEventResponse> responseStream, ServerCallContext context) =>
        new EventStream(runtime, _events, gate, options, clock, logger, context, responseStream, stopping).RunAsync(requestStream);

    // The gate has let the device in, so it is not revoked (any more). Should it be revoked in this very moment, the second look sees it.
    private async ValueTask ReadmitAsync(DeviceId device)
    {
        runtime.ReadmitDevice(device);
        if (registry.IsRevoked(device))
        {
            await runtime.RejectDevice(device).ConfigureAwait(false);
            throw new IdentityRefusal.DeviceRevoked(device).ToException();
        }
    }

    private static uint Echo(uint version) => Math.Max(version, 1);
}
