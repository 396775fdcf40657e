using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;

namespace Palyra.Tests.Builders;

/// <summary>A node client before an RPC gateway, both on the gateway's clock.</summary>
internal sealed class NodeClients : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task<Result>? _running;

    private NodeClients(RpcGateway gateway, PalyraNodeClientOptions options)
    {
        Gateway = gateway;
        Options = options;
        Client = new PalyraNodeClient(options, Handlers, Secrets, gateway.Gateway.Clock);
    }

    public RpcGateway Gateway { get; }

    public PalyraNodeClientOptions Options { get; }

    public CapabilityHandlers Handlers { get; } = new();

    public MemorySecretStore Secrets { get; } = new();

    public PalyraNodeClient Client { get; }

    public static NodeClients For(RpcGateway gateway, Func<PalyraNodeClientOptions, PalyraNodeClientOptions>? change = null)
    {
        var options = new PalyraNodeClientOptions
        {
            Gateway = new Uri($"https://127.0.0.1:{gateway.EndPoint.Port}"),
            Trust = GatewayTrust.FromPin(gateway.Gateway.Certificates.CaSha256),
        };
        return new NodeClients(gateway, change is null ? options : change(options));
    }

    /// <summary>Pairs for good, the operator approving at once.</summary>
    public async Task<DeviceId> PairAsync()
    {
        var code = (await Gateway.Runtime.MintCode(PairingMethod.Pin, "operator")).Value;
        var pairing = (await Client.BeginPairingAsync(PairingMethod.Pin, code.Code)).Value;
        Assert.True((await Gateway.Runtime.Approve(pairing.SessionId, new PairingDecision("operator", "known"))).IsOk);
        return (await Client.AwaitApprovalAsync()).Value;
    }

    /// <summary>Starts to serve, and waits until the gateway has answered on the stream.</summary>
    public async Task<Task<Result>> RunAsync()
    {
        var connected = NextConnection();
        _running = Client.RunAsync(_stop.Token);
        Assert.Same(connected, await Task.WhenAny(connected, _running).WaitAsync(TimeSpan.FromSeconds(30)));
        return _running;
    }

    public Task NextConnection()
    {
        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Client.Connected += OnConnected;
        return connected.Task;

        void OnConnected(object? sender, EventArgs e)
        {
            Client.Connected -= OnConnected;
            connected.TrySetResult();
        }
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await (_running ?? Task.CompletedTask).WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}

/// <summary>Signs attestations like a builder of worker images, and makes the policy that trusts it.</summary>
internal sealed class TestAttestor(Func<Palyra.Domain.Time.UnixTime> now) : IWorkerAttestor, IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public WorkerFleetPolicy Policy => new()
    {
        TrustedSigners = [new TrustedSigner { KeyId = "builder", PublicKey = _key.ExportSubjectPublicKeyInfo() }],
        Attestation = new AttestationExpectation { RequireEgressProxy = false },
    };

    public ValueTask<byte[]> AttestAsync(DeviceId device, ReadOnlyMemory<byte> challenge, CancellationToken cancellationToken)
    {
        var attestation = Workers.Attestation() with
        {
            WorkerId = WorkerId.From(device),
            IssuedAt = now(),
            ExpiresAt = now().Add(TimeSpan.FromHours(20)),
            EgressProxyAttested = false,
        };
        return new(AttestationSigner.Sign(new AttestationPayload(attestation, ChallengeNonce.From(challenge.Span)), "builder", _key).ToJson());
    }

    public void Dispose() => _key.Dispose();
}

/// <summary>Completes when the fleet has said a reason about a worker.</summary>
internal sealed class FleetWatch : IFleetObserver
{
    private readonly Lock _lock = new();
    private readonly List<string> _reasons = [];
    private readonly List<(string Reason, TaskCompletionSource Seen)> _waiting = [];

    public Task Saw(string reason)
    {
        lock (_lock)
        {
            if (_reasons.Contains(reason))
            {
                return Task.CompletedTask;
            }

            var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((reason, seen));
            return seen.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public void OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease)
    {
        lock (_lock)
        {
            _reasons.Add(lifecycleEvent.ReasonCode);
            foreach (var (reason, seen) in _waiting)
            {
                if (reason == lifecycleEvent.ReasonCode)
                {
                    seen.TrySetResult();
                }
            }
        }
    }
}
