using Palyra.Domain.Fleet;
using Palyra.Tests.Builders;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Model;

/// <summary>The real fleet against the naive one on random histories, with live indexes against rebuilt ones.</summary>
public class FleetAgainstNaiveTests
{
    public static TheoryData<int, int> Seeds
    {
        get
        {
            var data = new TheoryData<int, int>();
            foreach (var seed in Enumerable.Range(1, LongRun.IsOn ? 200 : 6))
            {
                data.Add(seed, 3);
                data.Add(seed, 12);
                data.Add(seed, 300);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Every_history_gives_the_answers_and_the_state_of_the_naive_fleet(int seed, int workers)
    {
        var policy = Workers.Policy with { MaxWorkers = workers - 1 };
        var fleet = new WorkerFleet(policy);
        var naive = new NaiveFleet(CompiledFleetPolicy.Compile(policy));
        var histories = new Histories(new Random(seed), workers);
        var steps = LongRun.IsOn ? 5_000 : 1_500;
        for (var step = 0; step < steps; step++)
        {
            var act = histories.Next();
            (naive, var expected, _) = naive.Do(act);
            Assert.True(expected == act.On(fleet), $"Step {step}, {act}: expected {expected}.");
            Assert.Equal(naive.Snapshot(), fleet.Snapshot());
            if (workers <= 12 || step % 50 == 0)
            {
                Assert.Equal(naive.Workers.Select(FleetAct.Tell), fleet.Workers().Select(FleetAct.Tell));
                Assert.Equal(naive.RecentEvents, fleet.RecentEvents());
                var (live, rebuilt) = fleet.Audit(act.Now);
                Assert.Equal(rebuilt, live);
            }

            histories.Learn(naive.Workers);
        }
    }
}
