using System.Threading.Channels;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Results;

namespace Palyra.Domain.Execution;

/// <summary>Something that happened to a call while it runs on a worker.</summary>
internal abstract record CallSignal
{
    private CallSignal() { }

    /// <summary>The worker began.</summary>
    internal sealed record Started : CallSignal;

    /// <summary>The request ended: a result, or the node runtime gave up on it.</summary>
    internal sealed record Answered(CapabilityOutcome Outcome) : CallSignal;

    /// <summary>The worker reports the digest of its output and waits for the comparison.</summary>
    internal sealed record DigestReported(string? Sha256, ChannelWriter<Result> Reply) : CallSignal;

    /// <summary>The lease ended with this event.</summary>
    internal sealed record LeaseEnded(string ReasonCode) : CallSignal;

    /// <summary>The lease's time is up.</summary>
    internal sealed record Expired : CallSignal;

    /// <summary>The worker had its time to begin.</summary>
    internal sealed record StartOverdue : CallSignal;

    /// <summary>The worker had its time to clean up after its result.</summary>
    internal sealed record CleanupOverdue : CallSignal;

    /// <summary>The caller, or the gateway that stops, ends it.</summary>
    internal sealed record Abandoned(string ReasonCode) : CallSignal;
}
