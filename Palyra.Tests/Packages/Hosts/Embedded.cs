// A host outside the repository: configured wrongly once, then rightly, and asked how it is.
using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Egress.Vault;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Health;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Json.Audit;
using Palyra.Adapters.Json.Nodes;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Audit;
using Palyra.Domain.Fleet;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Secrets;

var root = Directory.CreateTempSubdirectory("palyra-embedded-").FullName;
try
{
    using (var wrong = Build("", 0, IPAddress.Any, new Lines()))
    {
        try
        {
            await wrong.StartAsync();
        }
        catch (AggregateException mistakes)
        {
            Console.WriteLine($"mistakes: {mistakes.InnerExceptions.Cast<OptionsValidationException>().SelectMany(mistake => mistake.Failures).Distinct().Count()}");
        }
    }

    var lines = new Lines();
    using var host = Build(root, 64, IPAddress.Loopback, lines);
    await host.StartAsync();
    var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
    Console.WriteLine(string.Join(", ", report.Entries.OrderBy(entry => entry.Key).Select(entry => $"{entry.Key} {entry.Value.Status}")));
    await host.StopAsync();
    await host.Services.GetRequiredService<NodeRuntime>().DisposeAsync();
    Console.WriteLine($"logged: {lines.Said.First(line => line.StartsWith("4000", StringComparison.Ordinal))}");
}
finally
{
    Directory.Delete(root, recursive: true);
}

static IHost Build(string root, int connections, IPAddress address, Lines lines)
{
    var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
    var services = builder.Services;
    services.AddLogging(logging => logging.AddProvider(lines));
    services.AddPalyraSealedSecrets(o => (o.Folder, o.KeyFile) = (Under("secrets"), Path.Combine(root.Length > 0 ? root : "/", "store.key")));
    services.AddPalyraJsonPersistence(o => o.StateRoot = root);
    services.AddPalyraAuditFiles(new AuditFileOptions { Folder = Under("audit") });
    services.AddPalyraStoreVault();
    services.AddSingleton<IdentityRegistry>();
    services.AddSingleton(p => NodeRuntime.OpenAsync(
        p.GetRequiredService<INodeRuntimeStore>(), null, TimeProvider.System, p.GetRequiredService<IEntropy>(), p.GetRequiredService<IAuditSink>()).AsTask().GetAwaiter().GetResult());
    services.AddSingleton(p => new WorkerFleet(new WorkerFleetPolicy(), p.GetRequiredService<IFleetMarkStore>()));
    services.AddSingleton(p => GatewayCertificates.LoadOrCreate(p.GetRequiredService<ISecretStore>(), new ServerIdentity(), TimeProvider.System));
    services.AddPalyraEgressProxy(o => o.Listen = new IPEndPoint(address, 0));
    services.AddPalyraNodeRpc(o => o.MaxConnections = connections);
    services.AddPalyraHealthChecks();
    return builder.Build();

    string Under(string folder) => root.Length > 0 ? Path.Combine(root, folder) : "";
}

sealed class Lines : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Said { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Said.Enqueue($"{eventId.Id} {formatter(state, exception)}");

    public void Dispose() { }
}
