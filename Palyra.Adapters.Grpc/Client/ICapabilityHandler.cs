namespace Palyra.Adapters.Grpc.Client;

/// <summary>Executes one capability on this node.</summary>
public interface ICapabilityHandler
{
    /// <summary>
    /// Does the work. Must stop soon after <paramref name="cancellationToken"/> fires: the lease or the request is over then, the answer is discarded, and
    /// work that goes on all the same makes the cleanup report a failure. An exception fails the request; its text is not sent.
    /// </summary>
    ValueTask<CapabilityOutput> ExecuteAsync(CapabilityInvocation invocation, CancellationToken cancellationToken);
}
