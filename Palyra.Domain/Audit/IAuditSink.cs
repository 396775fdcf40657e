namespace Palyra.Domain.Audit;

/// <summary>Where audit records go. Thread-safe.</summary>
public interface IAuditSink
{
    /// <summary>
    /// Takes a record over. Completes when the sink has it, which may be before it is durable; waits when the sink is behind.
    /// </summary>
    /// <exception cref="AuditSinkException">The sink is broken or closed. What cannot be audited is not done: the caller refuses or ends the act.</exception>
    ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default);
}
