using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Grpc.Health;
using Palyra.Adapters.Json.Audit;
using Palyra.Adapters.Json.Nodes;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Audit;
using Palyra.Domain.Health;
using Palyra.Domain.Nodes;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Embedding;

public sealed class HealthCheckTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly JsonNodeRuntimeStore _store;
    private RpcGateway _gateway = null!;

    public HealthCheckTests() => _store = JsonNodeRuntimeStore.Open(new JsonPersistenceOptions { StateRoot = _folder.File("state"), WriteThrough = true });

    public async Task InitializeAsync()
    {
        _store.Load();
        _gateway = await RpcGateway.StartAsync(add: services =>
        {
            services.AddSingleton<INodeRuntimeStore>(_store);
            services.AddPalyraSealedSecrets(secrets => (secrets.Folder, secrets.KeyFile) = (_folder.File("secrets"), _folder.File("store.key")));
            services.AddPalyraJsonPersistence(state => state.StateRoot = _folder.File("state"));
            services.AddPalyraAuditFiles(new AuditFileOptions { Folder = _folder.File("audit") });
            services.AddPalyraEgressProxy();
            services.AddPalyraHealthChecks();
        });
        await _gateway.Services.GetRequiredService<EgressProxyServer>().StartAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Look_EverythingRuns_IsHealthyInEveryPart()
    {
        var report = await LookAsync();
        Assert.Equal(["palyra.audit", "palyra.certificates", "palyra.egress", "palyra.node_rpc", "palyra.state"], report.Entries.Keys.Order());
        Assert.All(report.Entries, entry => Assert.True(entry.Value.Status == HealthStatus.Healthy, $"{entry.Key}: {entry.Value.Description}"));
        Assert.All(report.Entries.Values, entry => Assert.Contains(PalyraHealthChecks.Tag, entry.Tags));
    }

    [Fact]
    public async Task Look_TheStateCannotBeWritten_IsUnhealthyThereAndNowhereElse()
    {
        Directory.CreateDirectory(Path.Combine(_folder.File("state"), "node-runtime.v1.json", "in the way"));
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await _store.Append([Changes.Put(1)]));
        var report = await LookAsync();
        Assert.Equal("palyra.state", Assert.Single(report.Entries, entry => entry.Value.Status != HealthStatus.Healthy).Key);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["palyra.state"].Status);
        Assert.Contains("could not be written", report.Entries["palyra.state"].Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Look_TheAuditTrailIsBroken_IsUnhealthy()
    {
        var sink = _gateway.Services.GetRequiredService<HashChainedAuditSink>();
        await sink.FlushAsync();
        // The next checkpoint finds a folder where its head has to go.
        var head = Path.Combine(_folder.File("audit"), "audit-00000001.ndjson.head");
        File.Delete(head);
        Directory.CreateDirectory(Path.Combine(head, "in the way"));
        await sink.AppendAsync(new AuditRecord { At = default, Event = "egress.request", Outcome = AuditOutcome.Allowed });
        await Assert.ThrowsAsync<AuditSinkException>(async () => await sink.FlushAsync());
        Assert.Equal(HealthStatus.Unhealthy, (await LookAsync()).Entries["palyra.audit"].Status);
    }

    [Theory]
    [InlineData(9 * 365, HealthState.Healthy)]
    [InlineData((10 * 365) - 60, HealthState.Degraded)]
    [InlineData((10 * 365) + 10, HealthState.Unhealthy)]
    public void Look_TheAuthorityAges_WarnsBeforeItExpires(int days, HealthState expected) =>
        Assert.Equal(expected, new CertificateProbe(_gateway.Services).Look(_gateway.Gateway.Now.Add(TimeSpan.FromDays(days))).State);

    [Fact]
    public async Task Look_ListenersAreClosed_IsUnhealthyThere()
    {
        await _gateway.Services.GetRequiredService<EgressProxyServer>().StopAsync(CancellationToken.None);
        await _gateway.Server.StopAsync(CancellationToken.None);
        var report = await LookAsync();
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["palyra.egress"].Status);
        Assert.Equal(HealthStatus.Unhealthy, report.Entries["palyra.node_rpc"].Status);
    }

    [Fact]
    public void Finding_Default_IsUnhealthy() => Assert.Equal(HealthState.Unhealthy, default(HealthFinding).State);

    private Task<HealthReport> LookAsync() => _gateway.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
}
