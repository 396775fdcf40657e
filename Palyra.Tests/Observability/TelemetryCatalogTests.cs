using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Results;
using Palyra.Tests.Builders;
using Palyra.Tests.Conventions.Approved;

namespace Palyra.Tests.Observability;

/// <summary>Instruments and log events are what dashboards and alerts are built on: their names and numbers change only on purpose.</summary>
[Collection(AloneCollection.Name)]
public sealed class TelemetryCatalogTests
{
    private const BindingFlags Any = BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Type[] Types =
    [
        .. new[] { typeof(Refusal), typeof(NodeRpcServer), typeof(JsonNodeRuntimeStore), typeof(EgressProxyServiceCollectionExtensions) }.SelectMany(type => type.Assembly.GetTypes()),
    ];

    [Fact]
    public async Task Instruments_AreTheApprovedOnes()
    {
        foreach (var type in Types.Where(type => type.GetFields(Any).Any(field => field.IsStatic && field.FieldType.IsAssignableTo(typeof(Instrument)))))
        {
            RuntimeHelpers.RunClassConstructor(type.TypeHandle);
        }

        await using var gateway = await RpcGateway.StartAsync();
        var found = new SortedSet<string>(StringComparer.Ordinal);
        using (var listener = new MeterListener())
        {
            _ = gateway.Services.GetService(typeof(Palyra.Adapters.Grpc.Pairing.PairingService));
            listener.InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == "Palyra")
                {
                    found.Add($"{instrument.Name} ({instrument.GetType().Name.Split('`')[0]}, {instrument.Unit}): {instrument.Description}");
                }
            };
            listener.Start();
        }

        ApprovedText.Verify(string.Join('\n', found) + "\n", "Palyra.Tests/Observability/Instruments.approved.txt", "TelemetryCatalog");
    }

    [Fact]
    public void LogEvents_AreTheApprovedOnesAndEachHasItsOwnId()
    {
        var events = (
            from type in Types
            from method in type.GetMethods(Any)
            let message = method.GetCustomAttribute<LoggerMessageAttribute>()
            where message is not null
            select (message.EventId, Line: $"{message.EventId} {message.Level} {type.FullName!.Replace('+', '.')}.{method.Name}: {message.Message}")).ToArray();
        Assert.Equal(events.Length, events.DistinctBy(logged => logged.EventId).Count());
        var text = string.Join('\n', events.OrderBy(logged => logged.EventId).Select(logged => logged.Line)) + "\n";
        ApprovedText.Verify(text, "Palyra.Tests/Observability/LogEvents.approved.txt", "TelemetryCatalog");
    }
}
