using Palyra.Domain.Audit;

namespace Palyra.Tests.Builders;

/// <summary>An audit trail that is behind: it takes a record over when the test says so.</summary>
internal sealed class HeldAuditSink : IAuditSink
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default) => new(_released.Task);

    internal void Release() => _released.SetResult();
}
