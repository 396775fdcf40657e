using Google.Protobuf;
using Grpc.Core;
using Palyra.Adapters.Grpc.Gate;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Attestation;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Nodes;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Workers;

/// <summary>
/// Worker service calls, mapped to the domain. The worker is the device of the client certificate. What the fleet refuses is an answer with its code; a
/// message that is itself at fault ends the call.
/// </summary>
internal sealed class WorkerRpcService(
    WorkerFleet fleet, NodeRuntime runtime, NodeRpcOptions options, IEntropy entropy, TimeProvider clock, ILeasedWork? work, ProxyBindings? bindings,
    SessionJudge? egress) : WorkerService.WorkerServiceBase
{
    private UnixTime Now => UnixTime.Now(clock);

    public override Task<IssueAttestationChallengeResponse> IssueAttestationChallenge(IssueAttestationChallengeRequest request, ServerCallContext context)
    {
        Span<byte> random = stackalloc byte[ChallengeNonce.Length];
        entropy.Fill(random);
        var challenge = fleet.IssueChallenge(Worker(context), random, Now).OrThrow();
        return Task.FromResult(new IssueAttestationChallengeResponse
        {
            V = Echo(request.V),
            Challenge = ByteString.CopyFrom(challenge.Nonce.ToArray()),
            ExpiresAtUnixMs = challenge.ExpiresAt.Milliseconds,
        });
    }

    public override Task<RegisterWorkerResponse> RegisterWorker(RegisterWorkerRequest request, ServerCallContext context)
    {
        var worker = Worker(context);
        if (!DsseEnvelope.TryParse(request.AttestationEnvelope.Memory, out var envelope))
        {
            throw new AttestationRefusal.MalformedEnvelope("attestation_envelope must be a DSSE envelope in JSON.").ToException();
        }

        var now = Now;
        var sender = new AttestationSender(worker, bindings?.IsBound(worker, now) ?? false);
        var result = request.Reattest ? fleet.Reattest(envelope, sender, now) : fleet.Register(envelope, sender, now);
        if (result.Refusal is AttestationRefusal.WorkerIdMismatch mismatch)
        {
            throw mismatch.ToException();
        }

        var response = new RegisterWorkerResponse { V = Echo(request.V), State = StateOf(worker) };
        (response.Accepted, response.Reason, response.Detail) = Outcome(result, context);
        return Task.FromResult(response);
    }

    public override Task<HeartbeatResponse> Heartbeat(HeartbeatRequest request, ServerCallContext context)
    {
        var worker = Worker(context);
        var result = fleet.Heartbeat(worker, request.Degraded ? WorkerHealth.Degraded : WorkerHealth.Healthy, Now);
        var response = new HeartbeatResponse { V = Echo(request.V) };
        (response.Accepted, response.Reason, response.Detail) = Outcome(result, context);
        if (fleet.TryGet(worker, out var record))
        {
            response.State = record.State.ToWire();
            if (record.Lease is { } lease)
            {
                response.ActiveLease = new LeaseReference { LeaseId = new() { Ulid = lease.LeaseId.ToString() }, FencingToken = lease.FencingToken };
                response.LeaseExpiresAtUnixMs = lease.ExpiresAt.Milliseconds;
            }
        }

        return Task.FromResult(response);
    }

    public override async Task<StartWorkResponse> StartWork(StartWorkRequest request, ServerCallContext context)
    {
        var worker = Worker(context);
        var lease = Lease(request.Lease);
        var now = Now;
        var result = CheckToken(worker, lease, request.Lease.FencingToken) is { } old ? old : fleet.Start(worker, lease, now);
        var response = new StartWorkResponse { V = Echo(request.V), State = StateOf(worker), GatewayTimeUnixMs = now.Milliseconds };
        (response.Accepted, response.Reason, response.Detail) = Outcome(result, context);
        if (!result.IsOk || !fleet.TryGet(worker, out var record) || !record.Holds(lease, out var active))
        {
            response.Accepted = false;
            response.Reason = result.Refusal?.Code ?? nameof(LeaseRefusal.LeaseMismatch);
            return response;
        }

        response.LeaseExpiresAtUnixMs = active.ExpiresAt.Milliseconds;
        await runtime.MarkStarted(lease, CallGate.Of(context).Caller.Device).ConfigureAwait(false);
        if (work is not null && options.EgressProxy() is { } proxy && work.TryCollectEgressToken(worker, lease, out var token))
        {
            response.EgressProxyAuthority = proxy.Authority;
            response.EgressProxyCaPem = proxy.CaCertificatePem ?? "";
            response.EgressToken = token;
        }

        return response;
    }

    public override Task<RenewLeaseResponse> RenewLease(RenewLeaseRequest request, ServerCallContext context)
    {
        var worker = Worker(context);
        var lease = Lease(request.Lease);
        var now = Now;
        var response = new RenewLeaseResponse { V = Echo(request.V), GatewayTimeUnixMs = now.Milliseconds };
        Refusal? refusal = CheckToken(worker, lease, request.Lease.FencingToken);
        if (refusal is null && fleet.Renew(worker, lease, request.TtlMs, now).TryGet(out var renewed, out refusal))
        {
            response.Accepted = true;
            response.LeaseExpiresAtUnixMs = renewed.ExpiresAt.Milliseconds;
        }

        if (refusal is not null)
        {
            RpcMetrics.Refused(refusal.Code, context.Method);
            (response.Reason, response.Detail) = (refusal.Code, refusal.Detail);
        }

        return Task.FromResult(response);
    }

    public override async Task<ReportCleanupResponse> ReportCleanup(ReportCleanupRequest request, ServerCallContext context)
    {
        var worker = Worker(context);
        var lease = Lease(request.Lease);
        var report = new CleanupReport(
            request.RemovedWorkspaceScope, request.RemovedArtifacts, request.RemovedLogs, request.FailureReason.Length == 0 ? null : request.FailureReason);
        var response = new ReportCleanupResponse { V = Echo(request.V) };
        Refusal? refusal = CheckToken(worker, lease, request.Lease.FencingToken);
        if (refusal is null && work is not null)
        {
            refusal = (await work.VerifyOutputAsync(worker, lease, request.OutputManifestSha256, context.CancellationToken).ConfigureAwait(false)).Refusal;
        }

        var result = refusal is null ? fleet.Complete(worker, lease, report, Now) : refusal;
        (response.Accepted, response.Reason, response.Detail) = Outcome(result, context);
        response.State = StateOf(worker);
        return response;
    }

    public override async Task<EvaluateEgressResponse> EvaluateEgress(EvaluateEgressRequest request, ServerCallContext context)
    {
        var worker = Worker(context);
        var lease = Lease(request.Lease);
        Refusal? refusal = CheckToken(worker, lease, request.Lease.FencingToken);
        var verdict = default(EgressVerdict);
        if (refusal is null)
        {
            Result<EgressVerdict> judged = egress is null
                ? new EgressSessionRefusal.NoSession()
                : await egress.DecideAsync(worker, lease, new EgressRequest { Method = request.Method, Url = request.Url }, Now, context.CancellationToken).ConfigureAwait(false);
            judged.TryGet(out verdict, out refusal);
        }

        var response = new EvaluateEgressResponse
        {
            V = Echo(request.V),
            Allowed = refusal is null && verdict.Allowed,
            ReasonCode = refusal?.Code ?? verdict.ReasonCode,
            Message = refusal?.Detail ?? verdict.Message,
            RequestFingerprintSha256 = verdict.RequestFingerprint ?? "",
            Host = verdict.Host ?? "",
            Port = (uint)verdict.Port,
        };
        response.ResolvedAddresses.AddRange(verdict.Addresses.Select(address => address.ToString()));
        response.InjectedHeaderNames.AddRange(verdict.InjectedHeaderNames);
        return response;
    }

    /// <summary>A lease is named by id and token; a token that is not the active lease's is an old one. An id that is not active is the fleet's to judge.</summary>
    private LeaseRefusal.LeaseMismatch? CheckToken(WorkerId worker, LeaseId lease, ulong token) =>
        fleet.TryGet(worker, out var record) && record.Holds(lease, out var active) && active.FencingToken != token ? new LeaseRefusal.LeaseMismatch(worker) : null;

    private string StateOf(WorkerId worker) => fleet.TryGet(worker, out var record) ? record.State.ToWire() : "";

    private static WorkerId Worker(ServerCallContext context) => WorkerId.From(CallGate.Of(context).Caller.Device);

    private static LeaseId Lease(LeaseReference? reference) => LeaseId.TryParse(reference?.LeaseId?.Ulid, out var lease)
        ? lease
        : throw new MessageRefusal.InvalidLease().ToException();

    private static (bool Accepted, string Reason, string Detail) Outcome(Result<WorkerLifecycleEvent> result, ServerCallContext context)
    {
        if (result.TryGet(out var happened, out var refusal))
        {
            return (true, happened.ReasonCode, "");
        }

        RpcMetrics.Refused(refusal.Code, context.Method);
        return (false, refusal.Code, refusal.Detail);
    }

    private static uint Echo(uint version) => Math.Max(version, 1);
}
