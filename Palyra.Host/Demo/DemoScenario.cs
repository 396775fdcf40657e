using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;
using Palyra.Host.Gateway;
using static Palyra.Host.Demo.DemoExpectationException;

namespace Palyra.Host.Demo;

/// <summary>The steps of the demonstration. Each looks at both sides and says what it saw.</summary>
internal sealed class DemoScenario(string root, DemoReport report) : IAsyncDisposable
{
    private readonly string _secret = "demo-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private EchoOrigin? _origin;
    private GatewayHost? _gateway;
    private DemoWorker? _worker;
    private DeviceId _device;

    private EchoOrigin Origin => _origin!;

    private GatewayHost Gateway => _gateway!;

    private DemoWorker Worker => _worker!;

    private WorkerId WorkerId => WorkerId.From(_device);

    internal async Task RunAsync(bool workerCrash, CancellationToken cancellation)
    {
        await report.StepAsync("gateway", () => StartGatewayAsync(cancellation));
        await report.StepAsync("secret", SealSecretAsync);
        await report.StepAsync("worker process", StartWorkerAsync);
        await report.StepAsync("pairing", () => PairAsync(cancellation));
        await report.StepAsync("refused: tampered", () => RefuseTamperedAsync(cancellation));
        await report.StepAsync("attestation", () => AttestAsync(cancellation));
        if (workerCrash)
        {
            await report.StepAsync("worker crash", () => CrashAsync(cancellation));
        }
        else
        {
            await report.StepAsync("tool call", () => CallAsync(cancellation));
            await report.StepAsync("refused: private", () => RefusePrivateAsync(cancellation));
            await report.StepAsync("refused: foreign", () => RefuseForeignAsync(cancellation));
        }

        await report.StepAsync("clean up", CleanUpAsync);
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is { } worker)
        {
            await worker.DisposeAsync();
        }

        if (_gateway is { } gateway)
        {
            await gateway.DisposeAsync();
        }

        if (_origin is { } origin)
        {
            await origin.DisposeAsync();
        }
    }

    private async Task<string> StartGatewayAsync(CancellationToken cancellation)
    {
        _origin = await EchoOrigin.StartAsync(cancellation);
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(SignerKeyFile, signer.ExportPkcs8PrivateKeyPem(), cancellation);
        _gateway = await GatewayHost.StartAsync(
            DemoSettings.Create(Path.Combine(root, "gateway"), Origin.Port, signer), logging => logging.SetMinimumLevel(LogLevel.None), cancellation);
        return $"node rpc {Gateway.NodeRpc}, egress proxy {Gateway.Egress}, both TLS with client certificates; upstream 127.0.0.1:{Origin.Port}";
    }

    private Task<string> SealSecretAsync()
    {
        Gateway.StoreSecret(DemoSettings.SecretPath, Encoding.ASCII.GetBytes(_secret));
        return Task.FromResult($"{DemoSettings.SecretPath} sealed in the gateway's vault, bound to the upstream as {DemoSettings.SecretHeader}");
    }

    private Task<string> StartWorkerAsync()
    {
        _worker = DemoWorker.Start(
            "--gateway", Gateway.Services.GrpcUrl, "--gateway-ca", Gateway.CaFile, "--egress", Gateway.Egress.ToString(),
            "--state", Path.Combine(root, "worker"), "--signer-key", SignerKeyFile);
        return Task.FromResult($"pid {Worker.Id}, beside this one, {Environment.ProcessId}");
    }

    private async Task<string> PairAsync(CancellationToken cancellation)
    {
        var nodes = Gateway.Services.Nodes;
        var code = Expect(await nodes.MintCode(PairingMethod.Pin, "demo"));
        await Worker.TellAsync($"pair {code.Code}");
        var waiting = await Worker.ExpectAsync("pairing", cancellation);
        _device = DeviceId.Parse(waiting.GetProperty("device_id").GetString());
        var session = PairingSessionId.Parse(waiting.GetProperty("session_id").GetString());
        Require(nodes.TryFindPairing(session, out var request) && request.State == PairingRequestState.PendingApproval, "the gateway has no pairing request that waits");
        var shown = waiting.GetProperty("check_code").GetString();
        var checkCode = PairingCheckCode.OfHex(request!.VerifiedPairing.TranscriptHashHex);
        Require(shown == checkCode, $"the check codes differ: {shown} on the node, {checkCode} at the gateway");
        Expect(await nodes.Approve(session, new PairingDecision("demo operator", "check codes agree")));
        var paired = await Worker.ExpectAsync("paired", cancellation);
        var fingerprint = paired.GetProperty("certificate_sha256").GetString()!;
        Require(Gateway.Services.Identity.TryGetIdentity(_device, out var identity) && identity.Current?.Fingerprint.ToString() == fingerprint,
            "the gateway did not issue the certificate that the node holds");
        return $"a PIN proven, check code {checkCode} on both sides, approved, certificate {fingerprint[..16]}… for device {_device}";
    }

    private async Task<string> RefuseTamperedAsync(CancellationToken cancellation)
    {
        await Worker.TellAsync("attest-tampered");
        var answer = await Worker.ExpectAsync("attestation", cancellation);
        var reason = answer.GetProperty("reason").GetString();
        Require(!answer.GetProperty("accepted").GetBoolean() && !Gateway.Services.Fleet.TryGet(WorkerId, out _), "a tampered attestation was accepted");
        return $"an attestation whose image digest was changed after signing: {reason}";
    }

    private async Task<string> AttestAsync(CancellationToken cancellation)
    {
        await Worker.TellAsync("run");
        await Worker.ExpectAsync("connected", cancellation);
        var worker = await UntilAsync(
            () => Gateway.Services.Fleet.TryGet(WorkerId, out var found) && Gateway.Services.Nodes.TryFindNode(_device, out _) ? found : null,
            "the worker never registered", cancellation);
        return $"signed by {DemoWorkerCommand.SignerKeyId}, challenge answered, bound to the proxy: worker is {worker.State.ToWire()} for {string.Join(", ", worker.Attestation.SupportedCapabilities)}";
    }

    private async Task<string> CallAsync(CancellationToken cancellation)
    {
        var outcome = await FetchAsync("run-fetch", $"http://127.0.0.1:{Origin.Port}/echo", cancellation);
        Require(outcome.Success, $"the call failed: {outcome.ReasonCode}: {outcome.Error}");
        var arrived = Origin.Seen.Count == 1 && Origin.Seen.First().TryGetValue(DemoSettings.SecretHeader, out var value) && value == _secret;
        Require(arrived, "the upstream did not see the secret");
        var output = Encoding.UTF8.GetString(outcome.Output.Span);
        Require(!output.Contains(_secret, StringComparison.Ordinal), "the worker's copy of the answer contains the secret");
        using var document = JsonDocument.Parse(outcome.Output);
        var body = document.RootElement.GetProperty("body").GetString()!;
        var echoed = body.Split('\n').FirstOrDefault(line => line.StartsWith(DemoSettings.SecretHeader, StringComparison.OrdinalIgnoreCase));
        Require(echoed is not null && echoed.Contains("[redacted]", StringComparison.Ordinal), "the echo of the secret is not redacted");
        return $"{outcome.Executor} under lease {outcome.LeaseId}: status {document.RootElement.GetProperty("status")}, "
            + $"the upstream saw the secret, the worker saw \"{echoed!.Trim()}\", output digest {outcome.OutputManifestSha256![..16]}… equal on both sides";
    }

    private async Task<string> RefusePrivateAsync(CancellationToken cancellation)
    {
        const string Reason = "egress.denied.private_target";
        var outcome = await FetchAsync("run-private", DemoSettings.PlatformEndpoint, cancellation);
        Require(!outcome.Success && outcome.Error?.StartsWith(Reason, StringComparison.Ordinal) == true, $"expected {Reason}, saw {outcome.ReasonCode}: {outcome.Error}");
        return $"the worker asks for {DemoSettings.PlatformEndpoint}: {Reason}";
    }

    private async Task<string> RefuseForeignAsync(CancellationToken cancellation)
    {
        await Worker.TellAsync("speak-as-another");
        var answer = await Worker.ExpectAsync("spoke", cancellation);
        var status = answer.GetProperty("status").GetString();
        Require(status == "PermissionDenied", $"expected PermissionDenied, saw {status}");
        return $"this device's certificate with another device's id: PERMISSION_DENIED, {answer.GetProperty("detail").GetString()}";
    }

    private async Task<string> CrashAsync(CancellationToken cancellation)
    {
        var call = FetchAsync("run-crash", $"http://127.0.0.1:{Origin.Port}/hold", cancellation);
        await Task.WhenAny(Origin.Held, call);
        Require(!call.IsCompleted, call.IsCompleted ? $"the call ended early: {(await call).ReasonCode}: {(await call).Error}" : "");
        await Worker.KillAsync();
        var outcome = await call;
        Require(!outcome.Success, "the call succeeded without a worker");
        Require(Gateway.Services.Fleet.TryGet(WorkerId, out var worker) && worker.State == WorkerState.Orphaned, $"the worker is {worker?.State.ToWire()}, not orphaned");
        Require(Gateway.LeaseEgress.Count == 0, "egress is still open");
        return $"killed while its request was at the upstream: call failed with {outcome.ReasonCode}, worker {worker!.State.ToWire()}, egress closed";
    }

    private async Task<string> CleanUpAsync()
    {
        var fleet = Gateway.Services.Fleet;
        Require(fleet.TryGet(WorkerId, out var worker) && worker.Lease is null, "the worker still holds a lease");
        Require(Gateway.LeaseEgress.Count == 0, "an egress session is still open");
        Require(Gateway.Services.Executor.Running == 0, "a call is still running");
        var state = worker!.State.ToWire();
        await Worker.DisposeAsync();
        _worker = null;
        await Gateway.StopAsync();
        return $"worker {state}, no lease, no egress session, no running call; both processes' listeners closed";
    }

    private Task<ToolOutcome> FetchAsync(string run, string url, CancellationToken cancellation)
    {
        var services = Gateway.Services;
        var input = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["url"] = url });
        var call = services.Call(DemoSettings.Tool, RunId.Parse(run), input) with { Approval = new ApprovalId(services.NewUlid()), Ttl = TimeSpan.FromSeconds(30) };
        return services.Executor.ExecuteAsync(call, cancellation).AsTask();
    }

    private string SignerKeyFile => Path.Combine(root, "signer-key.pem");

    private static T Expect<T>(Domain.Results.Result<T> result) where T : notnull =>
        result.TryGet(out var value, out var refusal) ? value : throw new DemoExpectationException(refusal.ToString());

    private static async Task<T> UntilAsync<T>(Func<T?> look, string otherwise, CancellationToken cancellation) where T : class
    {
        for (var tries = 0; tries < 200; tries++)
        {
            if (look() is { } found)
            {
                return found;
            }

            await Task.Delay(50, cancellation);
        }

        throw new DemoExpectationException(string.Create(CultureInfo.InvariantCulture, $"{otherwise}."));
    }
}
