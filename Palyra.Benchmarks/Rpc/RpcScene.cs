using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Json.Entropy;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Time;

namespace Palyra.Benchmarks.Rpc;

/// <summary>The node RPC as a host runs it, state in memory, with devices that are paired, registered as nodes, and workers of the fleet.</summary>
internal sealed class RpcScene : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private RpcScene(ServiceProvider services, NodeRpcServer server, IReadOnlyList<BenchDevice> devices)
    {
        _services = services;
        Server = server;
        Devices = devices;
    }

    internal NodeRpcServer Server { get; }

    internal IReadOnlyList<BenchDevice> Devices { get; }

    internal GatewayCertificates Certificates => _services.GetRequiredService<GatewayCertificates>();

    internal NodeRuntime Runtime => _services.GetRequiredService<NodeRuntime>();

    internal static async Task<RpcScene> StartAsync(int deviceCount)
    {
        var clock = TimeProvider.System;
        var certificates = GatewayCertificates.LoadOrCreate(new MemorySecrets(), new ServerIdentity(), clock);
        var registry = new IdentityRegistry(new MemoryIdentities());
        var runtime = await NodeRuntime.OpenAsync(new MemoryNodeRuntimeStore(), new NodeRuntimeOptions { IsRevoked = registry.IsRevoked }, clock, SystemEntropy.Instance);
        var fleet = new WorkerFleet(new WorkerFleetPolicy { AllowUnsignedAttestations = true });
        var devices = new List<BenchDevice>();
        for (var i = 0; i < deviceCount; i++)
        {
            devices.Add(await AdmitAsync(certificates, registry, runtime, fleet));
        }

        var services = new ServiceCollection()
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
            .AddSingleton(clock)
            .AddSingleton<IEntropy>(SystemEntropy.Instance)
            .AddSingleton(registry)
            .AddSingleton(certificates)
            .AddSingleton(runtime)
            .AddSingleton(fleet)
            .AddPalyraNodeRpc()
            .BuildServiceProvider();
        var server = services.GetRequiredService<NodeRpcServer>();
        await server.StartAsync(CancellationToken.None);
        return new RpcScene(services, server, devices);
    }

    private static async Task<BenchDevice> AdmitAsync(GatewayCertificates certificates, IdentityRegistry registry, NodeRuntime runtime, WorkerFleet fleet)
    {
        var now = UnixTime.Now(TimeProvider.System);
        var device = new DeviceId(SystemEntropy.Instance.NextUlid(now));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=device", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var certificate = certificates.IssueDevice(request, device, now).Value;
        _ = registry.Pair(device, certificate.Issued, now).Value;
        _ = (await runtime.RegisterNode(device, "bench", [new NodeCapability("echo", true)])).Value;
        _ = fleet.Register(
            new WorkerAttestation
            {
                WorkerId = WorkerId.From(device),
                ImageDigest = "i",
                BuildDigest = "b",
                ArtifactDigest = "a",
                EgressProxyAttested = true,
                IssuedAt = now.AddMilliseconds(-1_000L),
                ExpiresAt = now.AddMilliseconds(3_600_000L),
            },
            now).Value;
        return new BenchDevice(device.ToString(), certificate.Pem, key.ExportPkcs8PrivateKeyPem());
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _services.DisposeAsync();
    }

    private sealed class MemorySecrets : Domain.Secrets.ISecretStore
    {
        private readonly Dictionary<string, byte[]> _entries = [];

        public IReadOnlyCollection<string> Keys => _entries.Keys;

        public void Write(string key, ReadOnlySpan<byte> secret) => _entries[key] = secret.ToArray();

        public bool TryRead(string key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? secret)
        {
            secret = _entries.TryGetValue(key, out var stored) ? [.. stored] : null;
            return secret is not null;
        }

        public bool Delete(string key) => _entries.Remove(key);
    }

    private sealed class MemoryIdentities : IIdentityStateStore
    {
        public IdentityState Load() => IdentityState.Empty;

        public void Save(IdentityState state) { }
    }
}
