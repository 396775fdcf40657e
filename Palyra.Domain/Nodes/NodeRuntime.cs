using Palyra.Domain.Audit;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Nodes;

/// <summary>
/// Devices as the gateway knows them: pairing codes, pairing requests, registered nodes and the requests on their way to them.
/// </summary>
/// <remarks>
/// Thread-safe, one lock. Every mutation is decided by the pure deciders, handed to the store, and answered only once it is durable; mutations of many
/// callers share one flush. When the store cannot keep a change the mutation throws <see cref="NodeRuntimeStoreException"/> and the state is as it was
/// before it. What is read may run ahead of the disk by the flush that is under way.
/// </remarks>
public sealed partial class NodeRuntime : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly INodeRuntimeStore _store;
    private readonly NodeRuntimeOptions _options;
    private readonly TimeProvider _clock;
    private readonly IEntropy _entropy;
    private readonly IAuditSink? _audit;
    private readonly NodeRuntimeState _state;
    private readonly Queue<PendingCommit> _pending = new();
    private readonly Action _forgetNewest;
    private bool _closed;

    private NodeRuntime(INodeRuntimeStore store, NodeRuntimeOptions options, TimeProvider clock, IEntropy entropy, IAuditSink? audit)
    {
        _store = store;
        _options = options;
        _clock = clock;
        _entropy = entropy;
        _audit = audit;
        _forgetNewest = _finished.RemoveLast;
        _state = store.Load();
        _timer = clock.CreateTimer(static runtime => ((NodeRuntime)runtime!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// Loads the state and makes it live: requests that were queued or in flight fail with <c>gateway restarted before completion</c>, codes and pairing
    /// requests whose time ran out are ended, finished requests beyond the limits are dropped. All of that is durable when this returns.
    /// </summary>
    /// <param name="store">Keeps the state; the runtime owns it from here on.</param>
    /// <param name="options">Limits; the defaults unless given.</param>
    /// <param name="clock">The time.</param>
    /// <param name="entropy">Randomness for ids and codes.</param>
    /// <param name="audit">Is told when guessing has invalidated the PINs.</param>
    /// <exception cref="NodeRuntimeStoreException">The state cannot be read or kept.</exception>
    public static async ValueTask<NodeRuntime> OpenAsync(
        INodeRuntimeStore store, NodeRuntimeOptions? options, TimeProvider clock, IEntropy entropy, IAuditSink? audit = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(entropy);
        options ??= new NodeRuntimeOptions();
        options.Validate();
        var runtime = new NodeRuntime(store, options, clock, entropy, audit);
        await runtime.RecoverAsync().ConfigureAwait(false);
        return runtime;
    }

    /// <summary>Stops the timer, ends every stream and closes the store. Waiters of requests that have not ended are told by an exception.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
            EndAllStreams_NeedsLock();
        }

        await _timer.DisposeAsync().ConfigureAwait(false);
        await _store.DisposeAsync().ConfigureAwait(false);
        lock (_lock)
        {
            FaultAllWaiters_NeedsLock();
        }
    }

    private UnixTime Now => UnixTime.Now(_clock);

    private async ValueTask RecoverAsync()
    {
        PendingCommit commit;
        lock (_lock)
        {
            commit = new PendingCommit(_state);
            var now = Now;
            RecoverCodes_NeedsLock(commit, now);
            RecoverPairings_NeedsLock(commit, now);
            RecoverRequests_NeedsLock(commit, now);
            Submit_NeedsLock(commit);
        }

        await SettleAsync(commit).ConfigureAwait(false);
    }

    private PendingCommit Begin_NeedsLock()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        return new PendingCommit(_state);
    }

    private PendingCommit Submit_NeedsLock(PendingCommit commit)
    {
        // An unchanged commit is a barrier: it answers once everything it was decided on is durable.
        commit.Submit(_store);
        _pending.Enqueue(commit);
        ArmTimer_NeedsLock();
        return commit;
    }

    /// <summary>Submits a commit nobody has to wait for; without changes there is nothing to submit.</summary>
    private void SubmitChanges_NeedsLock(PendingCommit commit)
    {
        if (commit.Changes.Count > 0)
        {
            Submit_NeedsLock(commit);
        }
    }

    /// <summary>Waits until the commit is durable and what follows from it has happened.</summary>
    /// <exception cref="NodeRuntimeStoreException">It could not be made durable and was taken back.</exception>
    private async ValueTask SettleAsync(PendingCommit commit)
    {
        try
        {
            await commit.Durability.ConfigureAwait(false);
        }
        catch (Exception lost)
        {
            lock (_lock)
            {
                TakeBackFrom_NeedsLock(commit);
            }

            throw lost as NodeRuntimeStoreException ?? new NodeRuntimeStoreException("The change could not be kept and was taken back.", lost);
        }

        // The first of those that shared a flush settles for all of them.
        if (!commit.IsSettled)
        {
            lock (_lock)
            {
                SettleDurable_NeedsLock();
            }
        }
    }

    /// <summary>Settles a commit nobody waits for, made by a timer, a lost stream or a cancellation.</summary>
    private async void SettleInBackground(PendingCommit commit)
    {
        try
        {
            await SettleAsync(commit).ConfigureAwait(false);
        }
        catch (NodeRuntimeStoreException)
        {
            // Taken back, with its deadlines: the timer tries again, and the next caller is told.
        }
    }

    /// <summary>INVARIANT: commits become durable in order, so everything before a durable one is durable, and effects happen in that order.</summary>
    private void SettleDurable_NeedsLock()
    {
        while (_pending.TryPeek(out var oldest) && oldest.Durability.IsCompletedSuccessfully)
        {
            _pending.Dequeue().Settle();
        }
    }

    /// <summary>Takes back the lost commit and everything decided on top of it, newest first, and lets the store go on.</summary>
    private void TakeBackFrom_NeedsLock(PendingCommit lost)
    {
        SettleDurable_NeedsLock();
        if (lost.IsTakenBack)
        {
            return;
        }

        foreach (var commit in _pending.Reverse())
        {
            commit.TakeBack();
        }

        _pending.Clear();
        _hasLostDispatches = true;
        _store.Resume();
        ArmRetry_NeedsLock();
    }
}
