using System.Collections.Concurrent;
using Palyra.Domain.Audit;

namespace Palyra.Tests.Builders;

/// <summary>Keeps audit records in memory; may be broken on purpose.</summary>
internal sealed class MemoryAuditSink : IAuditSink
{
    private readonly ConcurrentQueue<AuditRecord> _records = new();

    internal bool IsBroken { get; set; }

    internal AuditRecord[] Records => [.. _records];

    public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default)
    {
        if (IsBroken)
        {
            throw new AuditSinkException("Broken on purpose.");
        }

        _records.Enqueue(record);
        return default;
    }
}
