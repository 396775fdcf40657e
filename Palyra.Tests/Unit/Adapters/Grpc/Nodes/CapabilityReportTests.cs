using System.Text;
using System.Text.Json;
using FsCheck.Xunit;
using Palyra.Adapters.Grpc.Nodes;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Unit.Adapters.Grpc.Nodes;

public class CapabilityReportTests
{
    private const string Id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

    [Theory]
    [InlineData("""{"a": [1, 2 ,3] }""")]
    [InlineData("\"text\"")]
    [InlineData("12.50")]
    [InlineData("true")]
    [InlineData("\"\\u00e9\"")]
    public void TryParse_OutputOfAnyKind_IsKeptAsItWasWritten(string output)
    {
        var payload = $$"""{ "extra": {"x":[{}]}, "output_json" :  {{output}} , "success":true, "request_id":"{{Id}}" }""";
        Assert.True(CapabilityReport.TryParse(Encoding.UTF8.GetBytes(payload), out var report));
        Assert.Equal((Id, true, output, null), (report.RequestId.ToString(), report.Success, Encoding.UTF8.GetString(report.OutputJson.Span), report.Error));
    }

    [Theory]
    [InlineData("")]
    [InlineData(",\"output_json\":null")]
    public void TryParse_NoOutput_IsEmpty(string member)
    {
        Assert.True(CapabilityReport.TryParse(Encoding.UTF8.GetBytes($$"""{"request_id":"{{Id}}"{{member}}}"""), out var report));
        Assert.Equal((0, false), (report.OutputJson.Length, report.Success));
    }

    [Fact]
    public void TryParse_DeeperThanTheLimit_IsRefused()
    {
        var deep = new string('[', 200) + new string(']', 200);
        Assert.False(CapabilityReport.TryParse(Encoding.UTF8.GetBytes($$"""{"request_id":"{{Id}}","output_json":{{deep}}}"""), out _));
    }

    [Property]
    public void Whatever_a_node_sends_is_read_or_refused(byte[] bytes) => _ = CapabilityReport.TryParse(bytes, out _);

    [Fact]
    public void TryParse_FuzzedPayloads_AreReadAsValidJsonOrRefused()
    {
        var seed = Encoding.UTF8.GetBytes($$"""{"request_id":"{{Id}}","success":true,"output_json":{"a":[1,"x"]},"error":"e"}""");
        Fuzzer.Run("capability-report", 4, [seed], mutated =>
        {
            if (CapabilityReport.TryParse(mutated, out _))
            {
                JsonDocument.Parse(mutated).Dispose();
            }
        });
    }
}
