using System.Security.Cryptography;
using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Client;

internal sealed partial class CapabilityRunner
{
    // So often a report is tried when its lease is over or the node stops.
    private const int CleanupTries = 5;

    /// <summary>Work under a lease: a scratch folder of its own, its result, and a cleanup report that is true.</summary>
    private sealed class LeasedWork(CapabilityRunner runner, LeaseId leaseId, ulong fencingToken, LeaseClock time, StartWorkResponse started)
    {
        private readonly string _scratch = Path.Combine(runner.ScratchRoot, $"{runner.ScratchPrefix}{leaseId}");

        internal async Task RunAsync(NodeCapabilityDispatch dispatch, CapabilityRequestId requestId)
        {
            var hasScratch = TryCreateScratch();
            var lease = new ActiveLease(leaseId, fencingToken, _scratch, Egress(), RenewAsync, EvaluateAsync);
            var (output, ended) = hasScratch
                ? await runner.InvokeAsync(dispatch, requestId, lease, time).ConfigureAwait(false)
                : (CapabilityOutput.Failed("failed: the node could not make a scratch folder"), true);
            var answered = await runner.AnswerAsync(requestId.ToString(), output).ConfigureAwait(false);
            var failure = !ended ? "the work did not stop in time" : hasScratch ? RemoveScratch() : null;
            // The gateway compares the digest with the result it has: the report must not overtake it, and must not wait for ever either.
            await Task.WhenAny(answered, Task.Delay(runner.Options.CallTimeout, runner.Clock)).ConfigureAwait(false);
            await ReportAsync(output, failure).ConfigureAwait(false);
        }

        private EgressAccess? Egress() => started.EgressProxyAuthority.Length == 0 ? null : new EgressAccess(
            started.EgressProxyAuthority, started.EgressToken, started.EgressProxyCaPem.Length == 0 ? null : started.EgressProxyCaPem);

        private bool TryCreateScratch()
        {
            try
            {
                if (OperatingSystem.IsWindows())
                {
                    Directory.CreateDirectory(_scratch);
                }
                else
                {
                    Directory.CreateDirectory(_scratch, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                }

                return true;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Log.NoScratch(runner.Logger, leaseId, failure);
                return false;
            }
        }

        private string? RemoveScratch()
        {
            try
            {
                Directory.Delete(_scratch, recursive: true);
                return null;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Log.ScratchLeft(runner.Logger, leaseId, failure);
                return "the scratch folder could not be removed";
            }
        }

        private async ValueTask<bool> RenewAsync(TimeSpan ttl, CancellationToken cancellationToken)
        {
            if (runner.Session is not { } session || time.IsOver)
            {
                return false;
            }

            try
            {
                var (answer, askedAt) = await session.RenewAsync(leaseId, fencingToken, ttl, cancellationToken).ConfigureAwait(false);
                if (answer.Accepted)
                {
                    time.Extend(askedAt, TimeSpan.FromMilliseconds(Math.Clamp(answer.LeaseExpiresAtUnixMs - answer.GatewayTimeUnixMs, 0, int.MaxValue)));
                }

                return answer.Accepted;
            }
            catch (Exception failed) when (failed is RpcException or ObjectDisposedException && !cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }

        private async ValueTask<EgressAdvice> EvaluateAsync(string method, string url, CancellationToken cancellationToken)
        {
            const string unreachable = "node.unreachable";
            if (runner.Session is not { } session)
            {
                return new EgressAdvice(false, unreachable, "The gateway cannot be asked.");
            }

            try
            {
                var answer = await session.EvaluateEgressAsync(leaseId, fencingToken, method, url, cancellationToken).ConfigureAwait(false);
                return new EgressAdvice(answer.Allowed, answer.ReasonCode, answer.Message);
            }
            catch (Exception failed) when (failed is RpcException or ObjectDisposedException && !cancellationToken.IsCancellationRequested)
            {
                return new EgressAdvice(false, unreachable, "The gateway cannot be asked.");
            }
        }

        private async Task ReportAsync(CapabilityOutput output, string? failure)
        {
            var report = new ReportCleanupRequest
            {
                V = NodeMessages.Version,
                DeviceId = NodeMessages.Id(runner.Device),
                Lease = WorkerSession.Reference(leaseId, fencingToken),
                RemovedWorkspaceScope = failure is null,
                RemovedArtifacts = failure is null,
                RemovedLogs = failure is null,
                FailureReason = failure ?? "",
                OutputManifestSha256 = output.Success ? Convert.ToHexStringLower(SHA256.HashData(output.Json.Span)) : "",
            };
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await runner.Session!.ReportCleanupAsync(report, CancellationToken.None).ConfigureAwait(false);
                    return;
                }
                catch (Exception failed) when (IsTransient(failed) && (attempt < CleanupTries || (!time.HasLeaseEnded && !runner.IsStopping)))
                {
                    // By the next try the node may have connected again. A lease that ends unreported shuts its worker out.
                    await Task.Delay(runner.Options.ReconnectMin, runner.Clock).ConfigureAwait(false);
                }
                catch (Exception failed) when (failed is RpcException or ObjectDisposedException)
                {
                    Log.CleanupNotReported(runner.Logger, leaseId, failed.Message);
                    return;
                }
            }
        }

        private static bool IsTransient(Exception failed) =>
            failed is ObjectDisposedException or RpcException { StatusCode: StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Cancelled };
    }
}
