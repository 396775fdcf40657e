using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Egress.Vault;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Json.Audit;
using Palyra.Adapters.Json.Nodes;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Tests.Embedding;

/// <summary>A host that is configured wrongly hears of every mistake in every adapter at once, before anything is opened.</summary>
public class OptionsAtStartTests
{
    [Fact]
    public async Task Start_EveryAdapterIsConfiguredWrongly_NamesEveryMistakeAtOnce()
    {
        using var host = Build(services =>
        {
            services.AddPalyraSealedSecrets(secrets => secrets.Key = new byte[5]);
            services.AddPalyraJsonPersistence(state => state.CompactAfterBytes = 1);
            services.AddPalyraAuditFiles(new AuditFileOptions { Folder = " ", CheckpointEvery = 0 });
            services.AddPalyraKeyValueVault(new KeyValueVaultOptions
            {
                Address = new Uri("http://vault.example.com"),
                Mount = "../secret",
                Login = new KeyValueLogin.Token(() => new VaultSecret("t"u8)),
            });
            services.AddPalyraEgressProxy(proxy => (proxy.Listen, proxy.MaxTunnels) = (new IPEndPoint(IPAddress.Any, 0), 0));
            services.AddPalyraNodeRpc(rpc => (rpc.MaxConnections, rpc.KeepAliveDelay) = (0, TimeSpan.Zero));
        });

        var failure = await Assert.ThrowsAsync<AggregateException>(() => host.StartAsync());

        var problems = failure.InnerExceptions.Select(inner => Assert.IsType<OptionsValidationException>(inner)).SelectMany(inner => inner.Failures).ToArray();
        Assert.All(
            new[]
            {
                "SealedSecretsOptions.Folder", "SealedSecretsOptions.Key", "JsonPersistenceOptions.StateRoot", "JsonPersistenceOptions.CompactAfterBytes",
                "AuditFileOptions.Folder", "AuditFileOptions.CheckpointEvery", "vault server", "mount", "ServerCertificate", "MaxTunnels", "MaxConnections", "KeepAliveDelay",
            },
            mistake => Assert.Single(problems, problem => problem.Contains(mistake, StringComparison.OrdinalIgnoreCase)));
        Assert.Equal(12, problems.Length);
    }

    [Fact]
    public async Task Start_OneMistake_IsOneException()
    {
        using var host = Build(services => services.AddPalyraSealedSecrets(secrets => secrets.Folder = "secrets"));
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Contains("KeyFile", Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_RetiredKeysWithoutTheKeyThatFollowed_IsRefused()
    {
        using var host = Build(services => services.AddPalyraSealedSecrets(secrets => (secrets.Folder, secrets.KeyFile, secrets.RetiredKeys) = ("secrets", "store.key", [new byte[5]])));
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync());
        Assert.Equal(2, failure.Failures.Count(problem => problem.Contains("RetiredKeys", StringComparison.Ordinal)));
    }

    private static IHost Build(Action<IServiceCollection> add)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        add(builder.Services);
        return builder.Build();
    }
}
