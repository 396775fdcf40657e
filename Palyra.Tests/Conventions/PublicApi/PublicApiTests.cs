using System.Reflection;
using Google.Protobuf.Reflection;
using Palyra.Adapters.Egress;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Results;
using Palyra.Tests.Conventions.Approved;

namespace Palyra.Tests.Conventions.PublicApi;

/// <summary>What the four packages promise: every public type and member, and the wire's messages, against an approved text.</summary>
public class PublicApiTests
{
    private static readonly Dictionary<string, Assembly> Packages = new(StringComparer.Ordinal)
    {
        ["Palyra.Domain"] = typeof(Refusal).Assembly,
        ["Palyra.Adapters.Grpc"] = typeof(NodeRpcServer).Assembly,
        ["Palyra.Adapters.Json"] = typeof(JsonNodeRuntimeStore).Assembly,
        ["Palyra.Adapters.Egress"] = typeof(EgressProxyServiceCollectionExtensions).Assembly,
    };

    public static TheoryData<string> Names => [.. Packages.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Package_OffersExactlyWhatWasApproved(string package) =>
        ApprovedText.Verify(PublicApiText.Of(Packages[package]), $"Palyra.Tests/Conventions/PublicApi/{package}.approved.txt", "PublicApi");

    [Fact]
    public void Wire_SaysExactlyWhatWasApproved()
    {
        IEnumerable<FileDescriptor> files = [NodeReflection.Descriptor, WorkerReflection.Descriptor];
        var text = WireText.Of([.. files.SelectMany(file => file.Dependencies.Append(file)).DistinctBy(file => file.Name)]);
        ApprovedText.Verify(text, "Palyra.Tests/Conventions/PublicApi/Wire.approved.txt", "PublicApi");
    }
}
