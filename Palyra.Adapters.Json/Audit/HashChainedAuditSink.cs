using System.Threading.Channels;
using Palyra.Domain.Audit;

namespace Palyra.Adapters.Json.Audit;

/// <summary>
/// The audit trail in append-only files, hash-chained and sealed by signed checkpoints. Appending hands the record to a bounded queue; one loop
/// writes. A disk that is full or gone breaks the sink for good, and everybody who appends is told.
/// </summary>
public sealed class HashChainedAuditSink : IAuditSink, IAsyncDisposable
{
    private readonly AuditFileOptions _options;
    private readonly TimeProvider _clock;
    private readonly Channel<Entry> _queue;
    private readonly AuditFileWriter _writer;
    private readonly Task _loop;
    private volatile Exception? _failure;
    private long _uncoveredSince;

    /// <summary>Opens or begins the trail in a folder.</summary>
    /// <exception cref="AuditSinkException">The newest file is damaged: it has to be looked at before the trail goes on.</exception>
    /// <exception cref="IOException">The folder cannot be written, or another process writes this trail.</exception>
    public HashChainedAuditSink(AuditFileOptions options, AuditSigningKey key, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(clock);
        if (options.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        _options = options;
        _clock = clock;
        _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(options.QueueCapacity) { SingleReader = true });
        _writer = AuditFileWriter.Open(options, key, clock);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>What broke the sink; <see langword="null"/> while it takes records.</summary>
    internal Exception? Failure => _failure;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The event's name begins with <c>audit.</c>, which is the trail's own, or its outcome is no defined value.</exception>
    public ValueTask AppendAsync(AuditRecord record, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Event.StartsWith("audit.", StringComparison.Ordinal))
        {
            throw new ArgumentException("Events named audit.* are the trail's own.", nameof(record));
        }

        if (!Enum.IsDefined(record.Outcome))
        {
            throw new ArgumentException($"{record.Outcome} is no outcome.", nameof(record));
        }

        return _queue.Writer.TryWrite(new Entry(record, null)) ? ValueTask.CompletedTask : EnqueueAsync(new Entry(record, null), cancellationToken);
    }

    /// <summary>Completes when everything appended so far is on disk under a signed checkpoint.</summary>
    /// <exception cref="AuditSinkException">The sink is broken or closed.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await EnqueueAsync(new Entry(null, flushed), cancellationToken).ConfigureAwait(false);
        await flushed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes what is queued, signs the last checkpoint and closes the file.</summary>
    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop.ConfigureAwait(false);
    }

    private async ValueTask EnqueueAsync(Entry entry, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(entry, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw _failure is { } failure
                ? new AuditSinkException($"The audit trail is broken: {failure.Message}", failure)
                : new AuditSinkException("The audit trail is closed.");
        }
    }

    private async Task RunAsync()
    {
        var waiting = new List<TaskCompletionSource>();
        try
        {
            while (await WaitAsync().ConfigureAwait(false))
            {
                WriteBatch(waiting);
            }

            _writer.Checkpoint();
        }
        catch (Exception failure)
        {
            // Whatever it is: nobody may be told that a record was taken, nor wait, when there is no loop any more.
            Break(failure, waiting);
        }
        finally
        {
            _writer.Dispose();
        }
    }

    /// <summary>Waits for the next entry; a checkpoint that falls due meanwhile is made.</summary>
    private async ValueTask<bool> WaitAsync()
    {
        if (_writer.Uncovered == 0)
        {
            return await _queue.Reader.WaitToReadAsync().ConfigureAwait(false);
        }

        var left = _options.CheckpointAfter - _clock.GetElapsedTime(_uncoveredSince);
        if (left > TimeSpan.Zero)
        {
            using var due = new CancellationTokenSource(left, _clock);
            try
            {
                return await _queue.Reader.WaitToReadAsync(due.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Due now.
            }
        }

        _writer.Checkpoint();
        return await _queue.Reader.WaitToReadAsync().ConfigureAwait(false);
    }

    private void WriteBatch(List<TaskCompletionSource> waiting)
    {
        while (_writer.Uncovered < _options.CheckpointEvery && _queue.Reader.TryRead(out var entry))
        {
            if (entry.Record is { } record)
            {
                _uncoveredSince = _writer.Uncovered == 0 ? _clock.GetTimestamp() : _uncoveredSince;
                _writer.Append(record);
            }
            else
            {
                waiting.Add(entry.Flushed!);
                break;
            }
        }

        _writer.Write();
        if (waiting.Count == 0 && _writer.Uncovered < _options.CheckpointEvery)
        {
            return;
        }

        _writer.Checkpoint();
        foreach (var flushed in waiting)
        {
            flushed.TrySetResult();
        }

        waiting.Clear();
    }

    private void Break(Exception failure, List<TaskCompletionSource> waiting)
    {
        _failure = failure;
        _queue.Writer.TryComplete(failure);
        while (_queue.Reader.TryRead(out var entry))
        {
            if (entry.Flushed is { } flushed)
            {
                waiting.Add(flushed);
            }
        }

        foreach (var flushed in waiting)
        {
            flushed.TrySetException(new AuditSinkException($"The audit trail is broken: {failure.Message}", failure));
        }
    }

    private readonly record struct Entry(AuditRecord? Record, TaskCompletionSource? Flushed);
}
