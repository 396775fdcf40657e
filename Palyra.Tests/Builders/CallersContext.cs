namespace Palyra.Tests.Builders;

/// <summary>The synchronisation context of a caller that has one, as an application with a user interface does. It counts what is sent back to it.</summary>
internal sealed class CallersContext : SynchronizationContext
{
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _returns;

    /// <summary>How often something went on in this context that did not have to: a caller that blocks its thread would wait for that for ever.</summary>
    internal int Returns => Volatile.Read(ref _returns);

    /// <summary>When what was begun here and nobody waits for has ended.</summary>
    internal Task Idle => _idle.Task;

    public override void Post(SendOrPostCallback d, object? state)
    {
        Interlocked.Increment(ref _returns);
        base.Post(d, state);
    }

    public override void OperationCompleted() => _idle.TrySetResult();

    /// <summary>Begins a call in this context; waiting for its end is up to the test.</summary>
    internal T Begin<T>(Func<T> call)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            return call();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }
}
