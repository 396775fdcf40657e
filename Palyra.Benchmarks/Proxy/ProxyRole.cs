using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Adapters.Json.Audit;
using Palyra.Domain.Attestation;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Secrets;
using Palyra.Domain.Time;

namespace Palyra.Benchmarks.Proxy;

/// <summary>
/// The other processes of <c>quick proxy</c>: an origin, and the proxy with its policy and a hash-chained audit trail. Each prints a line with its port and
/// lives until its standard input ends.
/// </summary>
public static class ProxyRole
{
    private const int Workers = 16;

    /// <summary>Runs a role to the end of standard input.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["origin"]:
                await OriginAsync();
                return 0;
            case ["proxy", var folder, .. var ports]:
                await ProxyAsync(folder, Numbers(ports), long.MaxValue, _ => { });
                return 0;
            case ["siege", var folder, .. var ports]:
                await ProxyAsync(folder, Numbers(ports), ProxySiege.BudgetBytes, options => options.IdleTimeout = ProxySiege.IdleTimeout);
                return 0;
            default:
                return 2;
        }
    }

    private static async Task OriginAsync()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(4096);
        await Console.Out.WriteLineAsync(((IPEndPoint)listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture));
        var accepting = new Thread(() =>
        {
            while (true)
            {
                _ = BenchOrigin.ServeAsync(listener.Accept());
            }
        });
        accepting.IsBackground = true;
        accepting.Start();
        await Console.In.ReadToEndAsync();
    }

    private static int[] Numbers(string[] words) => [.. words.Select(word => int.Parse(word, CultureInfo.InvariantCulture))];

    private static async Task ProxyAsync(string folder, int[] ports, long budget, Action<EgressProxyOptions> configure)
    {
        var clock = TimeProvider.System;
        var now = UnixTime.Now(clock);
        var fleet = new WorkerFleet(new WorkerFleetPolicy { AllowUnsignedAttestations = true });
        var services = new ServiceCollection();
        services.AddSingleton(fleet).AddSingleton<ISecretStore>(new ShortLivedSecrets());
        services.AddPalyraAuditFiles(new AuditFileOptions { Folder = folder });
        services.AddPalyraEgressProxy(configure);
        await using var provider = services.BuildServiceProvider();
        var server = provider.GetRequiredService<EgressProxyServer>();
        await server.StartAsync(CancellationToken.None);

        // Sixteen workers: 500 tunnels do not fit into the 64 that one may have.
        var tool = new ToolEgress(new EgressTerms(EgressPolicy.Compile(new EgressPolicyOptions
        {
            AllowedHosts = ["127.0.0.1", .. Enumerable.Range(0, 100).Select(i => $"host-{i}.example.com")],
            AllowPrivateTargets = true,
            AllowedPorts = ports,
            MaxResponseBytes = budget,
        }), []));
        var line = new StringBuilder().Append(server.EndPoint.Port);
        for (var i = 1; i <= Workers; i++)
        {
            var token = RandomNumberGenerator.GetBytes(EgressToken.Bytes);
            provider.GetRequiredService<LeaseEgress>().Open(Lease(fleet, i, now), tool, token, now);
            line.Append(' ').Append(EgressToken.ToText(token));
        }

        await Console.Out.WriteLineAsync(line);
        await Console.In.ReadToEndAsync();
        await server.StopAsync(new CancellationToken(true));
    }

    private static WorkerLease Lease(WorkerFleet fleet, int number, UnixTime now)
    {
        var worker = WorkerId.Parse($"worker-{number}");
        var run = RunId.Parse($"run-{number}");
        fleet.Register(
            new WorkerAttestation
            {
                WorkerId = worker,
                ImageDigest = "",
                BuildDigest = "",
                ArtifactDigest = "",
                EgressProxyAttested = true,
                IssuedAt = now,
                ExpiresAt = now.Add(TimeSpan.FromHours(1)),
            },
            now);
        var request = new LeaseRequest
        {
            RunId = run,
            TtlMs = 15 * 60 * 1000,
            RequiredCapabilities = [],
            Workspace = new WorkspaceScope { WorkspaceRoot = "/workspace", AllowedPaths = [] },
            Transport = new ArtifactTransport { InputManifestDigest = "", OutputManifestDigest = "", LogStreamId = "", ScratchDirectoryId = "" },
            Grant = new RunGrant { GrantId = GrantId.Parse($"grant-{number}"), RunId = run, ToolName = "bench", ExpiresAt = now.Add(TimeSpan.FromHours(1)) },
        };
        return fleet.Assign(worker, request, new LeaseId(Ulid.FromBits((UInt128)number)), now).Value;
    }

    /// <summary>Keeps secrets for as long as the process lives: the trail's signing key is needed for no longer.</summary>
    private sealed class ShortLivedSecrets : ISecretStore
    {
        private readonly Dictionary<string, byte[]> _secrets = [];

        public void Write(string key, ReadOnlySpan<byte> secret) => _secrets[key] = secret.ToArray();

        public bool TryRead(string key, [NotNullWhen(true)] out byte[]? secret) => _secrets.TryGetValue(key, out secret);

        public bool Delete(string key) => _secrets.Remove(key);
    }
}
