using System.Collections.Concurrent;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Host;

/// <summary>Many calls over several worker processes: all outcomes right, none lost, none run twice. <c>PALYRA_LONG=1</c> takes 200 calls over 20.</summary>
[Trait("Category", "Slow")]
public sealed class ManyWorkersTests
{
    [Fact]
    public async Task Calls_OverSeveralWorkerProcesses_AllEndRightAndOnce()
    {
        var (workers, calls) = LongRun.IsOn ? (20, 200) : (3, 12);
        using var gateway = await GatewayProcess.StartAsync();
        var nodes = new List<PalyraProcess>();
        try
        {
            for (var number = 1; number <= workers; number++)
            {
                nodes.Add(await GatewayWorkers.StartAsync(gateway, gateway.File($"node-{number}")));
            }

            await GatewayWorkers.UntilRegisteredAsync(gateway, workers);
            var executors = new ConcurrentBag<string>();
            await Parallel.ForEachAsync(Enumerable.Range(1, calls), new ParallelOptions { MaxDegreeOfParallelism = Math.Min(workers, 4) }, async (number, _) =>
            {
                var outcome = (await gateway.JsonAsync("workers", "invoke", "palyra.echo", "--run", $"run-{number}", "--input", $"{{\"n\":{number}}}"))[0];
                Assert.Equal($"{{\"n\":{number}}}", outcome.GetProperty("output").GetRawText());
                Assert.Equal(1, outcome.GetProperty("attempts").GetInt32());
                executors.Add(outcome.GetProperty("executor").GetString()!);
            });

            Assert.Equal(calls, executors.Count);
            var states = (await gateway.JsonAsync("workers", "list")).Select(worker => worker.GetProperty("state").GetString()).ToArray();
            Assert.All(states, state => Assert.Contains(state, new[] { "registered", "completed" }));
            var finished = 0;
            foreach (var node in await gateway.JsonAsync("nodes", "list"))
            {
                var status = (await gateway.JsonAsync("nodes", "status", node.GetProperty("device_id").GetString()!))[0];
                finished += status.GetProperty("finished").GetInt32();
                Assert.Equal(0, status.GetProperty("queued").GetInt32() + status.GetProperty("in_flight").GetInt32());
            }

            Assert.Equal(calls, finished);
        }
        finally
        {
            nodes.ForEach(node => node.Dispose());
        }
    }

    [Fact]
    public async Task QuarantineAll_WorkersAreIdle_LeavesNoneToCall()
    {
        using var gateway = await GatewayProcess.StartAsync();
        using var first = await GatewayWorkers.StartAsync(gateway, gateway.File("node-1"));
        using var second = await GatewayWorkers.StartAsync(gateway, gateway.File("node-2"));
        await GatewayWorkers.UntilRegisteredAsync(gateway, 2);

        var quarantined = await gateway.JsonAsync("workers", "quarantine", "--all", "--reason-code", "incident-42");

        Assert.Equal(["incident-42", "incident-42"], quarantined.Select(told => told.GetProperty("reason_code").GetString()));
        Assert.Equal(1, (await gateway.RunAsync("workers", "invoke", "palyra.echo")).ExitCode);
    }
}
