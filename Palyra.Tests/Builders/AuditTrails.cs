using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Json.Audit;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Audit;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>An audit trail in a folder of its own.</summary>
internal sealed class AuditTrails : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    internal AuditTrails() =>
        Key = AuditSigningKey.OpenOrCreate(new SealedFileSecretStore(_folder.File("secrets"), StoreKeyRing.FromKeys(RandomNumberGenerator.GetBytes(32))));

    internal FakeTimeProvider Clock { get; } = new(DateTimeOffset.UnixEpoch.AddDays(20_000));

    internal AuditSigningKey Key { get; }

    internal string Folder => _folder.File("audit");

    internal string[] Files => [.. AuditTrail.Files(Folder)];

    internal HashChainedAuditSink Open(Func<AuditFileOptions, AuditFileOptions>? change = null)
    {
        var options = new AuditFileOptions { Folder = Folder };
        return new HashChainedAuditSink(change is null ? options : change(options), Key, Clock);
    }

    internal async Task WriteAsync(int records, Func<AuditFileOptions, AuditFileOptions>? change = null)
    {
        await using var sink = Open(change);
        for (var i = 0; i < records; i++)
        {
            await sink.AppendAsync(Record(i));
        }
    }

    internal AuditVerification Verify(string? file = null) => AuditFileVerifier.Verify(file ?? Files[^1], Key.PublicKeyPem);

    internal static AuditRecord Record(int i) => new()
    {
        At = new UnixTime(1_700_000_000_000 + i),
        Event = "egress.request",
        Outcome = i % 2 == 0 ? AuditOutcome.Allowed : AuditOutcome.Denied,
        ReasonCode = "egress.allowed",
        Actor = $"worker-{i}",
        Fields = [new("method", "GET"), new("host", "api.example.com \"quoted\"\n")],
    };

    public void Dispose()
    {
        Key.Dispose();
        _folder.Dispose();
    }
}
