using System.Collections.Concurrent;
using System.Diagnostics;

namespace Palyra.Tests.Builders;

/// <summary>The spans that Palyra ends while this listens, those of other tests among them.</summary>
internal sealed class Spans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    internal Spans()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Palyra",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The spans of one run.</summary>
    internal Activity[] Of(string run) => [.. _ended.Where(span => span.GetTagItem("palyra.run_id") as string == run)];

    public void Dispose() => _listener.Dispose();
}
