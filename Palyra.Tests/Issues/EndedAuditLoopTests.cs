using Palyra.Domain.Audit;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>A record that could not be written ended the loop unnoticed: everybody who appended was told that the record was taken, and in the end waited for ever.</summary>
public sealed class EndedAuditLoopTests : IDisposable
{
    private readonly AuditTrails _trail = new();

    public void Dispose() => _trail.Dispose();

    [Fact]
    public async Task Append_RecordThatCannotBeWritten_BreaksTheSinkAndSaysSo()
    {
        await using var sink = _trail.Open();
        await sink.AppendAsync(AuditTrails.Record(0) with { Actor = null! });
        await Assert.ThrowsAsync<AuditSinkException>(async () => await sink.FlushAsync());
        await Assert.ThrowsAsync<AuditSinkException>(async () => await sink.AppendAsync(AuditTrails.Record(1)));
        Assert.NotNull(sink.Failure);
    }
}
