using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Faults;

[Trait("Category", "Slow")]
public sealed class OneTraceTests
{
    [Fact]
    public async Task Call_Listened_IsOneTraceFromTheCallerOverTheWorkerToTheProxy()
    {
        const string run = "run-of-one-trace";
        using var spans = new Spans();
        await using var gateway = await FaultGateway.StartAsync();
        await using var worker = await FaultWorker.JoinAsync(gateway);

        var call = gateway.CallAsync(TimeSpan.FromSeconds(60), CancellationToken.None, run);
        var dispatch = await worker.DispatchedAsync();
        await worker.StartAsync(dispatch);
        await worker.AnswerAsync(dispatch.RequestId.Ulid);
        Assert.True((await worker.ReportAsync(FaultWorker.Lease(dispatch))).Accepted);
        Assert.True((await call.WaitAsync(FaultWalkTests.Patience)).Success);
        await Wait.UntilAsync(() => spans.Of(run).Length == 2);

        var tool = Assert.Single(spans.Of(run), span => span.OperationName == "palyra.tool_call");
        var tunnel = Assert.Single(spans.Of(run), span => span.OperationName == "egress.tunnel");
        Assert.Equal(tool.Id, dispatch.Traceparent);
        Assert.Equal((tool.TraceId, tool.SpanId), (tunnel.TraceId, tunnel.ParentSpanId));
    }
}
