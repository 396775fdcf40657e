using System.Text.Json;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Secrets;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Json.Fleet;

/// <summary>The marks of a fleet in <c>fleet-marks.v1.json</c>: sealed, so that nobody without the key can forget a failure, and replaced atomically.</summary>
/// <remarks>A file that was truncated, tampered with or swapped stops the gateway from starting: an unreadable memory is not an empty one.</remarks>
public sealed class FleetMarksFile : IFleetMarkStore
{
    /// <summary>The file's name, and the name it is sealed under.</summary>
    public const string FileName = "fleet-marks.v1.json";

    private readonly SealedFile _file;

    /// <summary>The marks in a folder, which is created with the first mark.</summary>
    public FleetMarksFile(string stateRoot, StoreKeyRing keys)
    {
        ArgumentException.ThrowIfNullOrEmpty(stateRoot);
        _file = new SealedFile(Path.Combine(stateRoot, FileName), FileName, keys);
    }

    /// <summary>The sealed file, for a rotation of the keys to include.</summary>
    public SealedFile SealedFile => _file;

    /// <inheritdoc/>
    /// <exception cref="SecretStoreException">The file is there and cannot be opened, or does not hold marks.</exception>
    public FleetMarks Load()
    {
        if (!_file.TryRead(out var content))
        {
            return FleetMarks.Empty;
        }

        try
        {
            var stored = JsonSerializer.Deserialize(content, FleetMarksJson.Default.FleetMarksDocument);
            return stored is { SchemaVersion: 1, Marks: not null }
                ? new FleetMarks(stored.FencingCeiling, [.. stored.Marks.Select(FromDocument)])
                : throw Damaged(null);
        }
        catch (Exception problem) when (problem is JsonException or FormatException)
        {
            throw Damaged(problem);
        }
    }

    /// <inheritdoc/>
    public void Save(FleetMarks marks)
    {
        ArgumentNullException.ThrowIfNull(marks);
        var document = new FleetMarksDocument(1, marks.FencingCeiling, [.. marks.Marks.Select(ToDocument)]);
        _file.Write(JsonSerializer.SerializeToUtf8Bytes(document, FleetMarksJson.Default.FleetMarksDocument));
    }

    private static FleetMark FromDocument(FleetMarkDocument mark) =>
        new(WorkerId.Parse(mark.WorkerId ?? throw new FormatException("A mark names no worker.")), new UnixTime(mark.FailedClosedAtUnixMs));

    private static FleetMarkDocument ToDocument(FleetMark mark) => new(mark.WorkerId.ToString(), mark.FailedClosedAt.Milliseconds);

    private static SecretStoreException Damaged(Exception? cause) => new($"The sealed entry '{FileName}' does not hold the marks of a fleet.", cause!);
}
