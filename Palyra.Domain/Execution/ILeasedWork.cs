using System.Diagnostics.CodeAnalysis;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Execution;

/// <summary>What the worker RPC asks of the tool calls that are running: the lease's egress token, and whether the output arrived as it left.</summary>
public interface ILeasedWork
{
    /// <summary>
    /// The egress token of a live lease, for the worker that holds it and nobody else; for the answer to an accepted <c>StartWork</c>.
    /// </summary>
    /// <returns>Whether the lease has egress and is held by this worker.</returns>
    bool TryCollectEgressToken(WorkerId worker, LeaseId lease, [NotNullWhen(true)] out string? token);

    /// <summary>
    /// Compares the digest the worker computed over its output with that of the output received. To be asked before the lease is
    /// completed; a mismatch revokes the lease, so that completing it fails. Accepted when no tool call runs on the lease.
    /// </summary>
    /// <param name="worker">The worker that reports.</param>
    /// <param name="lease">The lease it reports on.</param>
    /// <param name="outputManifestSha256">Hex SHA-256 of the output as the worker sent it; empty or null when it sent none.</param>
    /// <param name="cancellation">Ends the wait for an output that is still on its way.</param>
    ValueTask<Result> VerifyOutputAsync(WorkerId worker, LeaseId lease, string? outputManifestSha256, CancellationToken cancellation);
}
