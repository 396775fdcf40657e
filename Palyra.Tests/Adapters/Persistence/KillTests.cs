using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Ids;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;
using Xunit.Abstractions;

namespace Palyra.Tests.Adapters.Persistence;

/// <summary>A process that prints ids as they become durable is killed with SIGKILL, over and over, on the same folder.</summary>
[Trait("Category", "Slow")]
public class KillTests(ITestOutputHelper output)
{
    private static readonly int Rounds = LongRun.IsOn ? 50 : 6;

    [Fact]
    public async Task Kill_AtRandomMoments_LosesNothingThatWasPrinted()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await KillOverAndOverAsync(_ => { var at = random.Next(1, 3000); return count => count >= at; });
    }

    [Fact]
    public async Task Kill_DuringCompaction_LosesNothingThatWasPrinted() =>
        await KillOverAndOverAsync(folder => count => count > 50 && Directory.GetFiles(folder, "*.journal").Length > 1);

    private static async Task KillOverAndOverAsync(Func<string, Func<int, bool>> moment)
    {
        using var folder = new StateFolder();
        HashSet<string> printed = [];
        for (var round = 0; round < Rounds; round++)
        {
            using var soak = SoakProcess.Start(folder.Path);
            var ids = await soak.KillWhenAsync(moment(folder.Path));
            Assert.NotEmpty(ids);
            Assert.All(ids, id => Assert.True(printed.Add(id), $"{id} was given twice."));

            var found = NodeRuntimeInspection.Inspect(folder.Path);

            Assert.False(found.IsInUse);
            Assert.All(printed, id => Assert.True(found.State.CapabilityRequests.ContainsKey(CapabilityRequestId.Parse(id)), $"{id} is lost."));

            // A request is printed once it is queued; of each caller at most one more can be durable that was not printed any more.
            Assert.InRange(found.State.CapabilityRequests.Count - printed.Count, 0, 8 * (round + 1));
        }
    }
}
