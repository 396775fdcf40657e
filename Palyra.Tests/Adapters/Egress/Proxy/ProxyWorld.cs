using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Egress.Proxy;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>A running proxy with a leased worker behind it, over real sockets on loopback.</summary>
internal sealed class ProxyWorld : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private ProxyWorld(ServiceProvider services, LeasedEgress leases, MemoryAuditSink audit, FakeNames names, MemoryVault vault, LinesLogger log)
    {
        _services = services;
        Leases = leases;
        Audit = audit;
        Names = names;
        Vault = vault;
        Log = log;
        Server = services.GetRequiredService<EgressProxyServer>();
    }

    internal LeasedEgress Leases { get; }

    internal MemoryAuditSink Audit { get; }

    internal FakeNames Names { get; }

    internal MemoryVault Vault { get; }

    internal LinesLogger Log { get; }

    internal EgressProxyServer Server { get; }

    internal ProxyBindings Bindings => _services.GetRequiredService<ProxyBindings>();

    internal static async Task<ProxyWorld> StartAsync(
        Action<EgressProxyOptions>? configure = null, TimeProvider? clock = null, IClientCertificateGate? gate = null)
    {
        var leases = new LeasedEgress(clock ?? TimeProvider.System);
        var audit = new MemoryAuditSink();
        var names = new FakeNames();
        var vault = new MemoryVault();
        var log = new LinesLogger();
        var services = new ServiceCollection();
        services.AddSingleton(leases.Fleet).AddSingleton(leases.Egress).AddSingleton(leases.Clock);
        services.AddSingleton<IAuditSink>(audit).AddSingleton<INameResolver>(names).AddSingleton<ISecretVault>(vault);
        services.AddSingleton<ILoggerFactory>(log);
        if (gate is not null)
        {
            services.AddSingleton(gate);
        }

        services.AddPalyraEgressProxy(configure);
        var world = new ProxyWorld(services.BuildServiceProvider(), leases, audit, names, vault, log);
        await world.Server.StartAsync(CancellationToken.None);
        return world;
    }

    /// <summary>A policy that lets a worker reach an origin on loopback.</summary>
    internal static EgressPolicyOptions Reaching(params ScriptedOrigin[] origins) => new()
    {
        AllowAnyHost = true,
        AllowPrivateTargets = true,
        AllowedPorts = [.. origins.Select(origin => origin.Port)],
    };

    /// <summary>A leased worker's token for a policy.</summary>
    internal string Open(EgressPolicyOptions policy, params CredentialBinding[] bindings) =>
        Leases.Open(policy: EgressPolicy.Compile(policy), bindings: bindings).Token;

    internal Task<RawPeer> ConnectAsync() => RawPeer.ConnectAsync(Server.EndPoint);

    /// <summary>Sends one request on a connection of its own and reads the answer.</summary>
    internal async Task<Answer> AskAsync(string request, bool toHead = false)
    {
        await using var peer = await ConnectAsync();
        await peer.SendAsync(request);
        return await peer.ReadAnswerAsync(toHead);
    }

    /// <summary>The text of a GET in absolute form.</summary>
    internal static string Get(string url, string token, string fields = "") =>
        $"GET {url} HTTP/1.1\r\nHost: {new Uri(url).Authority}\r\nProxy-Authorization: Bearer {token}\r\n{fields}\r\n";

    /// <summary>The text of a CONNECT.</summary>
    internal static string Connect(string authority, string token, string fields = "") =>
        $"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: Bearer {token}\r\n{fields}\r\n";

    /// <summary>Waits for the audit record of the n-th request.</summary>
    internal async Task<AuditRecord> RecordAsync(int number = 1)
    {
        await Wait.UntilAsync(() => Audit.Records.Length >= number);
        return Audit.Records.ElementAt(number - 1);
    }

    /// <summary>A certificate for a name, good for a server on loopback.</summary>
    internal static X509Certificate2 CertificateFor(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await _services.DisposeAsync();
        Leases.Dispose();
    }
}
