using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Palyra.Tests.Observability;

/// <summary>Listens to every instrument of the meter <c>Palyra</c> for as long as it lives.</summary>
internal sealed class Measurements : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measured> _seen = new();

    internal Measurements()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Palyra")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    internal IReadOnlyCollection<Measured> All => _seen;

    /// <summary>Asks the instruments that answer only when they are asked.</summary>
    internal void Look() => _listener.RecordObservableInstruments();

    internal IEnumerable<Measured> Of(string instrument) => _seen.Where(measured => measured.Instrument == instrument);

    /// <summary>The sum of an instrument's values under a tag; without one, of all.</summary>
    internal double Sum(string instrument, string? tag = null, string? value = null) =>
        Of(instrument).Where(measured => tag is null || measured.Tags.GetValueOrDefault(tag) == value).Sum(measured => measured.Value);

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, tag) in tags)
        {
            texts[name] = Convert.ToString(tag, System.Globalization.CultureInfo.InvariantCulture) ?? "";
        }

        _seen.Enqueue(new Measured(instrument.Name, value, texts));
    }

    internal sealed record Measured(string Instrument, double Value, IReadOnlyDictionary<string, string> Tags);
}
