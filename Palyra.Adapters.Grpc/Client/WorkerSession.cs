using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>The worker's half of a connection: attest, register, say that it lives, start, renew and clean up leases.</summary>
internal sealed partial class WorkerSession(
    GatewayChannel channel, DeviceId device, IWorkerAttestor attestor, TimeProvider clock, ILogger logger)
{
    // A worker that failed closed attests again now and then: it is let in once an operator has verified its cleanup.
    private const int BeatsBetweenAttestations = 6;
    private int _beats;

    /// <summary>Makes sure that the fleet knows this worker, and attests when it does not.</summary>
    internal async Task JoinAsync(CancellationToken cancellationToken)
    {
        var beat = await BeatAsync(cancellationToken).ConfigureAwait(false);
        if (!beat.Accepted || IsFailClosed(beat.State))
        {
            await AttestAsync(IsFailClosed(beat.State), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Says that the worker lives, and attests again when the fleet has forgotten or shut it out.</summary>
    internal async Task HeartbeatAsync(CancellationToken cancellationToken)
    {
        var beat = await BeatAsync(cancellationToken).ConfigureAwait(false);
        if (beat is { Accepted: false, Reason: nameof(WorkerRefusal.UnknownWorker) })
        {
            await AttestAsync(again: false, cancellationToken).ConfigureAwait(false);
        }
        else if ((!beat.Accepted || IsFailClosed(beat.State)) && ++_beats % BeatsBetweenAttestations == 0)
        {
            await AttestAsync(IsFailClosed(beat.State), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Starts the work of a lease.</summary>
    /// <returns>The gateway's answer, and the monotonic instant before it was asked.</returns>
    internal async Task<(StartWorkResponse Answer, long AskedAt)> StartAsync(LeaseId lease, ulong fencingToken, CancellationToken cancellationToken)
    {
        var askedAt = clock.GetTimestamp();
        var request = new StartWorkRequest { V = NodeMessages.Version, DeviceId = NodeMessages.Id(device), Lease = Reference(lease, fencingToken) };
        return (await channel.Workers.StartWorkAsync(request, channel.Call(cancellationToken)).ConfigureAwait(false), askedAt);
    }

    internal async Task<(RenewLeaseResponse Answer, long AskedAt)> RenewAsync(LeaseId lease, ulong fencingToken, TimeSpan ttl, CancellationToken cancellationToken)
    {
        var askedAt = clock.GetTimestamp();
        var request = new RenewLeaseRequest
        {
            V = NodeMessages.Version,
            DeviceId = NodeMessages.Id(device),
            Lease = Reference(lease, fencingToken),
            TtlMs = (ulong)Math.Max(0, ttl.TotalMilliseconds),
        };
        return (await channel.Workers.RenewLeaseAsync(request, channel.Call(cancellationToken)).ConfigureAwait(false), askedAt);
    }

    internal async Task<EvaluateEgressResponse> EvaluateEgressAsync(LeaseId lease, ulong fencingToken, string method, string url, CancellationToken cancellationToken)
    {
        var request = new EvaluateEgressRequest
        {
            V = NodeMessages.Version,
            DeviceId = NodeMessages.Id(device),
            Lease = Reference(lease, fencingToken),
            Method = method,
            Url = url,
        };
        return await channel.Workers.EvaluateEgressAsync(request, channel.Call(cancellationToken)).ConfigureAwait(false);
    }

    internal async Task ReportCleanupAsync(ReportCleanupRequest report, CancellationToken cancellationToken)
    {
        var answer = await channel.Workers.ReportCleanupAsync(report, channel.Call(cancellationToken)).ConfigureAwait(false);
        if (!answer.Accepted)
        {
            Log.CleanupRefused(logger, report.Lease.LeaseId.Ulid, answer.Reason);
        }
    }

    internal static LeaseReference Reference(LeaseId lease, ulong fencingToken) => new() { LeaseId = NodeMessages.Id(lease), FencingToken = fencingToken };

    private static bool IsFailClosed(string state) => WorkerStates.TryParse(state, out var parsed) && parsed is WorkerState.Quarantined or WorkerState.Orphaned;

    private async Task<HeartbeatResponse> BeatAsync(CancellationToken cancellationToken) => await channel.Workers.HeartbeatAsync(
        new HeartbeatRequest { V = NodeMessages.Version, DeviceId = NodeMessages.Id(device) }, channel.Call(cancellationToken)).ConfigureAwait(false);

    private async Task AttestAsync(bool again, CancellationToken cancellationToken)
    {
        var challenge = await channel.Workers.IssueAttestationChallengeAsync(
            new IssueAttestationChallengeRequest { V = NodeMessages.Version, DeviceId = NodeMessages.Id(device) }, channel.Call(cancellationToken)).ConfigureAwait(false);
        var envelope = await attestor.AttestAsync(device, challenge.Challenge.Memory, cancellationToken).ConfigureAwait(false);
        var request = new RegisterWorkerRequest
        {
            V = NodeMessages.Version,
            DeviceId = NodeMessages.Id(device),
            AttestationEnvelope = ByteString.CopyFrom(envelope),
            Reattest = again,
            Replay = NodeMessages.Replay(UnixTime.Now(clock)),
        };
        var answer = await channel.Workers.RegisterWorkerAsync(request, channel.Call(cancellationToken)).ConfigureAwait(false);
        if (answer.Accepted)
        {
            Log.Registered(logger, device, answer.State);
        }
        else
        {
            Log.RegistrationRefused(logger, device, answer.Reason, answer.Detail);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4201, LogLevel.Information, "Worker {Device} is registered, state {State}.")]
        internal static partial void Registered(ILogger logger, DeviceId device, string state);

        [LoggerMessage(4202, LogLevel.Warning, "Worker {Device} was not registered: {Reason}: {Detail}")]
        internal static partial void RegistrationRefused(ILogger logger, DeviceId device, string reason, string detail);

        [LoggerMessage(4203, LogLevel.Warning, "The cleanup report of lease {Lease} was refused: {Reason}.")]
        internal static partial void CleanupRefused(ILogger logger, string lease, string reason);
    }
}
