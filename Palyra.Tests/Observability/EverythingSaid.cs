using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;

namespace Palyra.Tests.Observability;

/// <summary>Keeps all that this process tells about itself: log lines of every level with their values, spans of every source, measurements of every meter, exceptions as they are thrown.</summary>
internal sealed class EverythingSaid : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<(string Where, string Text)> _said = new();
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ActivityListener _traces;
    private readonly MeterListener _meters = new();

    internal EverythingSaid()
    {
        _traces = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = Note,
        };
        ActivitySource.AddActivityListener(_traces);
        _meters.InstrumentPublished = static (instrument, listener) => listener.EnableMeasurementEvents(instrument);
        _meters.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
        _meters.SetMeasurementEventCallback<int>((instrument, _, tags, _) => Note(instrument, tags));
        _meters.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
        _meters.Start();
        AppDomain.CurrentDomain.FirstChanceException += Note;
    }

    internal IReadOnlyCollection<(string Where, string Text)> All => _said;

    internal IReadOnlyCollection<Activity> Spans => _spans;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull
    {
        _said.Enqueue(("a log scope", $"{state}"));
        return null;
    }

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = state is IEnumerable<KeyValuePair<string, object?>> pairs ? string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")) : "";
        _said.Enqueue(("a log line", $"{formatter(state, exception)} {values} {exception}"));
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.FirstChanceException -= Note;
        _traces.Dispose();
        _meters.Dispose();
    }

    private void Note(Activity span)
    {
        _spans.Enqueue(span);
        var events = span.Events.Select(happened => $"{happened.Name} {string.Join(' ', happened.Tags)}");
        _said.Enqueue(("a span", $"{span.DisplayName} {span.StatusDescription} {string.Join(' ', span.TagObjects)} {string.Join(' ', span.Baggage)} {string.Join(' ', events)}"));
    }

    private void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var tag in tags)
        {
            _said.Enqueue(("a measurement", $"{instrument.Name} {tag.Key} {tag.Value}"));
        }
    }

    private void Note(object? sender, FirstChanceExceptionEventArgs thrown) => _said.Enqueue(("an exception", thrown.Exception.ToString()));
}
