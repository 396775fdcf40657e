using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Adapters.Json.Files;
using Palyra.Adapters.Json.Journal;
using Palyra.Domain.Nodes;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>
/// Keeps the node runtime's state in a folder: <c>node-runtime.v1.json</c> as the snapshot and an append-only journal beside it, or, written through, the
/// snapshot alone.
/// </summary>
/// <remarks>The folder belongs to one process at a time. A file that cannot be read is never overwritten.</remarks>
public sealed partial class JsonNodeRuntimeStore : INodeRuntimeStore
{
    private readonly JsonPersistenceOptions _options;
    private readonly ISecretStore? _secrets;
    private readonly ILogger _logger;
    private readonly NodeRuntimeFiles _files;
    private readonly StateRootLock _rootLock;
    private GroupCommit? _commits;
    private int _disposed;

    private JsonNodeRuntimeStore(JsonPersistenceOptions options, ISecretStore? secrets, ILogger logger, StateRoot root, StateRootLock rootLock)
    {
        _options = options;
        _secrets = secrets;
        _logger = logger;
        _files = new NodeRuntimeFiles(root);
        _rootLock = rootLock;
    }

    /// <summary>Opens the folder and locks it against other processes. Nothing is read yet.</summary>
    /// <param name="options">Where and how.</param>
    /// <param name="secrets">Takes private keys that an older file holds; without it such a file is refused.</param>
    /// <param name="logger">Is told about repairs.</param>
    /// <exception cref="NodeRuntimeStoreException">The folder cannot be used, or another process uses it.</exception>
    public static JsonNodeRuntimeStore Open(JsonPersistenceOptions options, ISecretStore? secrets = null, ILogger<JsonNodeRuntimeStore>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CompactAfterBytes, JsonPersistenceOptions.MinCompactAfterBytes, nameof(options));
        var root = StateRoot.Open(options.StateRoot);
        return new JsonNodeRuntimeStore(options, secrets, logger ?? NullLogger<JsonNodeRuntimeStore>.Instance, root, StateRootLock.Take(root));
    }

    /// <inheritdoc/>
    public NodeRuntimeState Load()
    {
        if (_commits is not null)
        {
            throw new InvalidOperationException("The state was loaded already.");
        }

        var snapshot = new SnapshotWriter(_files);
        var content = NodeRuntimeContent.Read(_files);
        foreach (var journal in content.Journals.Where(journal => journal.TornBytes > 0))
        {
            Log.TornTail(_logger, journal.Path, journal.EndOffset, journal.TornBytes);
        }

        try
        {
            _files.DeleteLeftovers();
            CloseToOthers();
            MoveKeys(content, snapshot);
            _commits = new GroupCommit(_options.WriteThrough ? OpenWriteThrough(content, snapshot) : OpenJournal(content, snapshot));
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new NodeRuntimeStoreException($"The state in {_files.Folder} cannot be written: {broken.Message} The folder must be writable by this user.", broken);
        }

        return content.State;
    }

    /// <inheritdoc/>
    public ValueTask Append(IReadOnlyList<NodeRuntimeChange> changes) =>
        _commits?.Append(changes) ?? ValueTask.FromException(new NodeRuntimeStoreException("The state was not loaded."));

    /// <inheritdoc/>
    public void Resume() => _commits?.Resume();

    /// <summary>Why no change can be made durable at this moment; <see langword="null"/> when one can. Tries it with a file of its own beside the state.</summary>
    internal string? Problem()
    {
        if (_commits is not { } commits)
        {
            return "The state was not loaded yet.";
        }

        if (commits.Failure is { } failure)
        {
            return failure.Message;
        }

        var trial = Path.Combine(_files.Folder, $".{Guid.NewGuid():N}{AtomicFile.TemporarySuffix}");
        try
        {
            File.WriteAllBytes(trial, new byte[512]);
            return null;
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            return $"The folder of the state cannot be written: {broken.Message}";
        }
        finally
        {
            TryDelete(trial);
        }
    }

    /// <summary>Writes what is waiting, folds the journal into the snapshot and unlocks the folder.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _disposed, 1) != 0
        ? ValueTask.CompletedTask // The folder may be another process's by now.
        : new ValueTask(Task.Run(() =>
        {
            try
            {
                _commits?.Stop();
            }
            finally
            {
                _rootLock.Dispose();
            }
        }));

    private static void TryDelete(string trial)
    {
        try
        {
            File.Delete(trial);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            // The next start removes it.
        }
    }

    private JournalLog OpenJournal(NodeRuntimeContent content, SnapshotWriter snapshot) =>
        new(_files, snapshot, CopyOf(content.State), content.Journals, _options.CompactAfterBytes, _logger);

    private WriteThroughLog OpenWriteThrough(NodeRuntimeContent content, SnapshotWriter snapshot)
    {
        var own = CopyOf(content.State);
        if (_files.Generations() is [.., var newest])
        {
            new Compaction(_files, snapshot, own).Run(newest);
        }

        return new WriteThroughLog(snapshot, own);
    }

    /// <summary>The runtime changes what it was given at once; what is on the disk follows. The records are shared: they never change.</summary>
    private static NodeRuntimeState CopyOf(NodeRuntimeState state)
    {
        var copy = new NodeRuntimeState();
        foreach (var change in state.AsChanges())
        {
            copy.Apply(change);
        }

        return copy;
    }

    private void CloseToOthers()
    {
        if (!OperatingSystem.IsWindows() && File.Exists(_files.Snapshot))
        {
            File.SetUnixFileMode(_files.Snapshot, AtomicFile.OwnerOnly);
        }
    }

    private void MoveKeys(NodeRuntimeContent content, SnapshotWriter snapshot)
    {
        if (content.LegacyKeys.Count == 0)
        {
            return;
        }

        if (_secrets is null)
        {
            throw new NodeRuntimeStoreException(
                $"{_files.Snapshot} holds private keys of an older version, and there is no secret store to move them to. Nothing was changed. Configure one.");
        }

        foreach (var key in content.LegacyKeys)
        {
            _secrets.Write(key.EntryName, Encoding.UTF8.GetBytes(key.Pem));
        }

        snapshot.Write(content.State);
        Log.KeysMoved(_logger, content.LegacyKeys.Count, _files.Snapshot);
    }

    private static partial class Log
    {
        [LoggerMessage(2102, LogLevel.Warning, "{Path} had a torn tail: {Bytes} bytes of a record that was never answered were cut off at byte offset {Offset}")]
        internal static partial void TornTail(ILogger logger, string path, long offset, long bytes);

        [LoggerMessage(2103, LogLevel.Warning, "Moved {Count} private keys of an older version out of {Path} into the secret store")]
        internal static partial void KeysMoved(ILogger logger, int count, string path);
    }
}
