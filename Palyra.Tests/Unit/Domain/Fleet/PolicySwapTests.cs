using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Workers;

namespace Palyra.Tests.Unit.Domain.Fleet;

/// <summary>A policy that is swapped while a signature is verified: the worker is judged by the one in force when it is let in.</summary>
public sealed class PolicySwapTests : IDisposable
{
    private static readonly byte[] Challenge = [.. Enumerable.Repeat((byte)7, 32)];

    private readonly AttestationSigning _trusted = new();
    private readonly AttestationSigning _other = new();
    private readonly WorkerFleet _fleet;
    private readonly DsseEnvelope _envelope;

    public PolicySwapTests()
    {
        _fleet = new WorkerFleet(Policy);
        Assert.True(_fleet.Register(Claims("w-0"), Start).IsOk);
        _fleet.SetPolicy(_trusted.Policy);
        Assert.True(_fleet.IssueChallenge(Workers.Id("w-1"), Challenge, Start).IsOk);
        Assert.True(DsseEnvelope.TryParse(_trusted.Envelope(Claims("w-1"), Challenge), out var envelope));
        _envelope = envelope;
    }

    [Fact]
    public void Register_SignerNoLongerTrustedByTheTimeItIsVerified_IsRefused()
    {
        var admitted = RegisterWhile(() => _fleet.SetPolicy(_other.Policy));

        Assert.False(admitted.IsOk);
        Assert.False(_fleet.TryGet(Id("w-1"), out _));
    }

    [Fact]
    public void Register_PolicySwappedForOneThatTrustsTheSignerToo_IsAdmitted() =>
        Assert.True(RegisterWhile(() => _fleet.SetPolicy(_trusted.Policy)).IsOk);

    public void Dispose()
    {
        _trusted.Dispose();
        _other.Dispose();
    }

    // The lock is held by an event of another worker until the registration has verified its signature and waits for it.
    private Result<WorkerLifecycleEvent> RegisterWhile(Action swap)
    {
        Result<WorkerLifecycleEvent> admitted = default;
        Exception? thrown = null;
        var registering = new Thread(() => thrown = Record.Exception(() => { admitted = _fleet.Register(_envelope, Start); }));
        using (_fleet.Subscribe(new OnFirstEvent(() =>
        {
            registering.Start();
            Assert.True(SpinWait.SpinUntil(() => registering.ThreadState.HasFlag(ThreadState.WaitSleepJoin), TimeSpan.FromMinutes(1)));
            swap();
        })))
        {
            Assert.True(_fleet.Heartbeat(Id("w-0"), WorkerHealth.Healthy, Start).IsOk);
        }

        registering.Join();
        Assert.Null(thrown);
        return admitted;
    }

    private sealed class OnFirstEvent(Action act) : IFleetObserver
    {
        private Action? _act = act;

        public void OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease) => Interlocked.Exchange(ref _act, null)?.Invoke();
    }
}
