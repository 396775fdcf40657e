using Microsoft.Extensions.Logging;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Fleet;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>What a revocation does beyond the gate: the worker is quarantined, which ends its lease and closes its egress, and its requests are rejected.</summary>
internal sealed partial class RevocationConsequences(NodeRuntime runtime, WorkerFleet? fleet, ProxyBindings? bindings, TimeProvider clock, ILogger logger) : IRevocationObserver
{
    private const string Reason = "worker.device_revoked";

    public void OnDeviceRevoked(DeviceId device, Revocation revocation)
    {
        var worker = WorkerId.From(device);
        bindings?.Forget(worker);
        if (fleet is not null && fleet.TryGet(worker, out _))
        {
            fleet.Quarantine(worker, Reason, UnixTime.Now(clock));
        }

        _ = RejectAsync(device);
    }

    public void OnCertificatesRevoked(DeviceId device, IReadOnlyList<CertificateFingerprint> fingerprints) { }

    private async Task RejectAsync(DeviceId device)
    {
        try
        {
            await runtime.RejectDevice(device).ConfigureAwait(false);
        }
        catch (Exception failure) when (failure is NodeRuntimeStoreException or ObjectDisposedException)
        {
            // The gate holds all the same; what was queued lapses.
            Log.NotRejected(logger, failure, device);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4020, LogLevel.Error, "The requests of the revoked device {Device} could not be rejected.")]
        internal static partial void NotRejected(ILogger logger, Exception failure, DeviceId device);
    }
}
