using Palyra.Adapters.Egress.Client;
using Palyra.Host.Demo;

namespace Palyra.Tests.Observability;

/// <summary>Secrets that were planted turn up in nothing that anybody reads: logs, spans, measurements, exceptions, audit, state, outcomes.</summary>
[Collection(AloneCollection.Name)]
public sealed class CanaryTests : IAsyncLifetime
{
    private readonly EverythingSaid _said = new();
    private CanaryWorld _world = null!;

    public async Task InitializeAsync() => _world = await CanaryWorld.StartAsync(_said);

    public async Task DisposeAsync()
    {
        await _world.DisposeAsync();
        _said.Dispose();
    }

    [Fact]
    public async Task PlantedSecrets_AfterCallsRefusalsAndFaults_TurnUpNowhere()
    {
        var entry = VaultEntry();
        var whole = await File.ReadAllBytesAsync(entry);
        await File.WriteAllBytesAsync(entry, whole[..^1]);
        var broken = await _world.FetchAsync("run-broken", $"http://127.0.0.1:{_world.Origin.Port}/echo");
        Assert.False(broken.Success);
        await File.WriteAllBytesAsync(entry, whole);
        var answered = await _world.FetchAsync("run-answered", $"http://127.0.0.1:{_world.Origin.Port}/echo");
        Assert.True(answered.Success, answered.Error);
        Assert.Equal(_world.Secret, Assert.Single(_world.Origin.Seen)[DemoSettings.SecretHeader]);
        var refused = await _world.FetchAsync("run-refused", DemoSettings.PlatformEndpoint);
        Assert.False(refused.Success);
        await UseTheDeadTokenAsync();
        await _world.StopAsync();

        Canary[] canaries =
        [
            Canary.Of("vault's secret", _world.Secret), Canary.Of("pairing token", _world.PairingToken), Canary.Of("egress token", _world.EgressToken),
            StoreKey("gateway"), StoreKey("worker"),
        ];
        Assert.NotEmpty(_said.Spans);
        Assert.All(canaries, canary =>
        {
            Assert.All(_said.All, said => canary.AssertAbsent(said.Where, said.Text));
            Assert.All(new[] { answered, refused, broken }, outcome => canary.AssertAbsent(
                "an outcome", $"{outcome} {System.Text.Encoding.UTF8.GetString(outcome.Output.Span)}"));
            Assert.All(
                Directory.EnumerateFiles(_world.Root, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "store.key"), canary.AssertAbsentFrom);
        });
    }

    [Fact]
    public async Task ToolCall_IsOneTraceAcrossGatewayWorkerAndProxy()
    {
        Assert.True((await _world.FetchAsync("run-traced", $"http://127.0.0.1:{_world.Origin.Port}/echo")).Success);
        await _world.StopAsync();

        var call = Assert.Single(_said.Spans, span => span.OperationName == "palyra.tool_call" && span.GetTagItem("palyra.run_id") as string == "run-traced");
        var execution = Assert.Single(_said.Spans, span => span.OperationName == "palyra.capability.execute" && span.TraceId == call.TraceId);
        Assert.Equal(call.SpanId, execution.ParentSpanId);
        var egress = Assert.Single(_said.Spans, span => span.OperationName == "egress.request" && span.TraceId == call.TraceId);
        Assert.Equal(call.SpanId, egress.ParentSpanId);
        Assert.Equal("egress.allowed", egress.GetTagItem("palyra.reason_code"));
    }

    private async Task UseTheDeadTokenAsync()
    {
        using var authority = System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificateFromFile(_world.Gateway.CaFile);
        var fetch = new EgressFetch(new EgressFetchOptions
        {
            ProxyAuthority = _world.Gateway.Egress.ToString(),
            ProxyAuthorityCertificate = authority,
            Token = _world.EgressToken,
        });
        var answer = await fetch.FetchAsync(new EgressFetchRequest { Url = $"http://127.0.0.1:{_world.Origin.Port}/echo", Method = "GET" }, CancellationToken.None);
        Assert.Equal("egress.proxy.no_live_lease", answer.ReasonCode);
    }

    private string VaultEntry()
    {
        var name = Convert.ToHexStringLower(System.Text.Encoding.UTF8.GetBytes(DemoSettings.SecretPath));
        return Assert.Single(Directory.EnumerateFiles(Path.Combine(_world.Root, "gateway", "secrets"), "*.sealed"), file => file.Contains(name, StringComparison.Ordinal));
    }

    private Canary StoreKey(string owner)
    {
        var lines = File.ReadAllLines(Path.Combine(_world.Root, owner, "store.key"));
        return new Canary($"{owner}'s store key", Convert.FromHexString(lines[1]));
    }
}
