using Palyra.Tests.Fuzz;
using Palyra.Tests.Model;
using Xunit.Abstractions;

namespace Palyra.Tests.Exhaustive;

/// <summary>Every state that two workers can reach in a few ticks, every act in each of them, every promise on every edge.</summary>
public class FleetExplorationTests(ITestOutputHelper output)
{
    /// <summary>Workers and the last tick. Two workers have some 55 000 states up to tick 1, and many more with each further one.</summary>
    public static TheoryData<int, int> Worlds => LongRun.IsOn
        ? new TheoryData<int, int> { { 1, 9 }, { 2, 2 } }
        : new TheoryData<int, int> { { 1, 9 }, { 2, 1 } };

    [Theory]
    [MemberData(nameof(Worlds))]
    public void Every_act_in_every_reachable_state_keeps_every_promise(int workers, int ticks)
    {
        var seen = new HashSet<(int, int, int)> { SmallWorld.KeyOf(SmallWorld.Empty, 0) };
        var level = new List<NaiveFleet> { SmallWorld.Empty };
        var (states, edges) = (1L, 0L);
        for (var tick = 0; tick <= ticks; tick++)
        {
            // Within a tick until nothing new comes; then all of them live to see the next one.
            var open = new Queue<NaiveFleet>(level);
            var reached = new List<NaiveFleet>(level);
            while (open.TryDequeue(out var fleet))
            {
                foreach (var act in SmallWorld.Acts(fleet, workers, tick))
                {
                    var step = fleet.Do(act);
                    edges++;
                    if (Invariants.Broken(fleet, act, step) is { } broken)
                    {
                        Assert.Fail($"{broken}: {string.Join(" | ", fleet.Workers.Select(FleetAct.Tell))} -- {act} --> {string.Join(" | ", step.After.Workers.Select(FleetAct.Tell))}");
                    }

                    if (ReferenceEquals(step.After, fleet))
                    {
                        continue;
                    }

                    var after = step.After with { Events = [] };
                    if (seen.Add(SmallWorld.KeyOf(after, tick)))
                    {
                        states++;
                        reached.Add(after);
                        open.Enqueue(after);
                    }
                }
            }

            output.WriteLine($"{workers} workers, tick {tick}: {states} states, {edges} edges");
            level = [.. reached.Where(fleet => seen.Add(SmallWorld.KeyOf(fleet, tick + 1)))];
            states += level.Count;
        }

        Assert.True(states > 500);
    }
}
