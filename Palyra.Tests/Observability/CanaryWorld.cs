using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Execution;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Host.Capabilities;
using Palyra.Host.Demo;
using Palyra.Host.Gateway;
using Palyra.Host.Node;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Observability;

/// <summary>A whole gateway and a worker in this process, composed as the executable composes them, with secrets planted in both.</summary>
internal sealed class CanaryWorld : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly EverythingSaid _said;
    private EchoOrigin _origin = null!;
    private NodeWorkshop _worker = null!;
    private Task _running = Task.CompletedTask;
    private bool _stopped;

    private CanaryWorld(EverythingSaid said) => _said = said;

    internal string Root => _folder.Root;

    internal string Secret { get; } = "canary." + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    internal string PairingToken { get; private set; } = "";

    internal string EgressToken { get; private set; } = "";

    internal GatewayHost Gateway { get; private set; } = null!;

    internal EchoOrigin Origin => _origin;

    /// <summary>Up to an attested worker that serves <c>http.fetch</c>.</summary>
    internal static async Task<CanaryWorld> StartAsync(EverythingSaid said)
    {
        var world = new CanaryWorld(said);
        world._origin = await EchoOrigin.StartAsync(CancellationToken.None);
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(world.SignerKey, signer.ExportPkcs8PrivateKeyPem());
        var settings = DemoSettings.Create(Path.Combine(world.Root, "gateway"), world._origin.Port, signer) with { WriteThrough = false };
        world.Gateway = await GatewayHost.StartAsync(settings, logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(said), CancellationToken.None);
        world.Gateway.StoreSecret(DemoSettings.SecretPath, Encoding.ASCII.GetBytes(world.Secret));
        await world.JoinAsync();
        return world;
    }

    internal async Task<ToolOutcome> FetchAsync(string run, string url)
    {
        var services = Gateway.Services;
        var input = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["url"] = url });
        var call = services.Call(DemoSettings.Tool, RunId.Parse(run), input) with { Approval = new ApprovalId(services.NewUlid()), Ttl = TimeSpan.FromSeconds(60) };
        return await services.Executor.ExecuteAsync(call).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Stops worker and gateway: all state is on disk and nobody holds it.</summary>
    internal async Task StopAsync()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        await _stop.CancelAsync();
        await _running;
        _worker.Dispose();
        await Gateway.StopAsync();
        await Gateway.DisposeAsync();
        await _origin.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _folder.Dispose();
    }

    private string SignerKey => Path.Combine(Root, "signer-key.pem");

    private async Task JoinAsync()
    {
        _worker = NodeWorkshop.Open(
            new NodeSettings
            {
                Gateway = new Uri(Gateway.Services.GrpcUrl),
                GatewayCaPem = await File.ReadAllTextAsync(Gateway.CaFile),
                IdentityStoreFolder = Path.Combine(Root, "worker"),
                PollInterval = TimeSpan.FromMilliseconds(50),
                HeartbeatInterval = TimeSpan.FromMilliseconds(500),
                Worker = new WorkerSettings(SignerKey, DemoWorkerCommand.SignerKeyId, Gateway.Egress.ToString()),
            },
            LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_said)));
        var fetch = new HttpFetchCapability(_worker.Client.GetCertificate);
        _worker.Handlers.Add("tool:" + DemoSettings.Tool, (invocation, cancellation) =>
        {
            EgressToken = invocation.Lease!.Egress!.Token;
            return fetch.ExecuteAsync(invocation, cancellation);
        });
        await PairAsync();
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _worker.Client.Connected += (_, _) => connected.TrySetResult();
        _running = _worker.Client.RunAsync(_stop.Token);
        await connected.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var device = _worker.Client.DeviceId!.Value;
        await Wait.UntilAsync(() => Gateway.Services.Fleet.TryGet(WorkerId.From(device), out _) && Gateway.Services.Nodes.TryFindNode(device, out _));
    }

    private async Task PairAsync()
    {
        var nodes = Gateway.Services.Nodes;
        PairingToken = (await nodes.MintCode(PairingMethod.Qr, "operator")).Value.Code;
        var wrong = PairingToken[..^1] + (PairingToken[^1] == 'A' ? 'B' : 'A');
        Assert.False((await _worker.Client.BeginPairingAsync(PairingMethod.Qr, wrong)).IsOk);
        var pairing = (await _worker.Client.BeginPairingAsync(PairingMethod.Qr, PairingToken)).Value;
        Assert.True((await nodes.Approve(pairing.SessionId, new PairingDecision("operator", "check codes agree"))).IsOk);
        Assert.True((await _worker.Client.AwaitApprovalAsync()).IsOk);
    }
}
