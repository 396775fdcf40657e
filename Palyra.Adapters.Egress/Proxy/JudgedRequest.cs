using System.Diagnostics;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// What a single request and a tunnel have in common: what was asked for, the verdict that stands, the answer that refuses it, and the one audit record
/// that it leaves.
/// </summary>
internal abstract class JudgedRequest(ProxyCore core, ClientConnection client, EgressSession session, EgressRequest asked)
{
    private readonly long _started = core.Clock.GetTimestamp();

    /// <summary>What all connections share.</summary>
    protected ProxyCore Core => core;

    /// <summary>The worker's connection.</summary>
    protected ClientConnection Client => client;

    /// <summary>What the worker asks under.</summary>
    protected EgressSession Session => session;

    /// <summary>What was asked for.</summary>
    protected EgressRequest Asked => asked;

    /// <summary>The verdict that stands; until there is one, it denies as undecided.</summary>
    protected EgressVerdict Verdict { get; set; }

    /// <summary>The span to tell the verdict to, if anybody listens.</summary>
    protected Activity? Span { get; set; }

    /// <summary>Whether the record was written, or could not be.</summary>
    protected bool IsAudited { get; private set; }

    /// <summary>Bytes that went to the origin and came from it so far.</summary>
    protected abstract (long Up, long Down) Traffic { get; }

    /// <summary>Answers in the origin's place.</summary>
    /// <returns>What the caller is to return.</returns>
    protected abstract ValueTask<bool> RefuseAsync(int status, string reasonCode, string message);

    /// <summary>Makes every check that needs no name looked up, so that whatever comes of the request, its record says what was asked for.</summary>
    /// <returns>What is to be looked up; <see langword="null"/> when the request is denied.</returns>
    protected EgressTarget? JudgeTarget()
    {
        Verdict = core.Judge.JudgeTarget(session, asked).TryGetTarget(out var target, out var denial)
            ? EgressVerdict.Deny(target, EgressDenial.Undecided.Instance)
            : denial;
        return target;
    }

    /// <summary>Answers with the verdict, which denies.</summary>
    protected ValueTask<bool> DenyAsync() => RefuseAsync(403, Verdict.ReasonCode, Verdict.Message);

    /// <summary>Answers for an origin that could not be connected to.</summary>
    protected ValueTask<bool> RefuseUndialledAsync(DialFailure failure) => failure switch
    {
        DialFailure.TimedOut => RefuseAsync(504, ProxyReason.TimedOut, "The origin could not be connected to in time."),
        DialFailure.Tls => RefuseAsync(502, ProxyReason.UpstreamTls, "The origin's TLS could not be verified for the judged host."),
        DialFailure.WrongPeer => RefuseAsync(502, ProxyReason.WrongPeer, "The connected peer is not the judged address."),
        _ => RefuseAsync(502, ProxyReason.Unreachable, "Nobody answered at the judged addresses."),
    };

    /// <summary>Records a refusal and brings it to the worker.</summary>
    protected async ValueTask WriteRefusalAsync(int status, string reasonCode, string message, bool keepAlive)
    {
        await AuditAsync(reasonCode == Verdict.ReasonCode ? "" : reasonCode).ConfigureAwait(false);
        ProxyLog.Refused(core.Log, reasonCode);
        new ProxyAnswer(status, reasonCode, message, Verdict.RequestFingerprint).Write(client.Output, keepAlive, withBody: asked.Method != "HEAD");
        await client.Output.FlushAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Has the request judged again at every swap of a policy from now on, and at once if there was one since the verdict.
    /// </summary>
    /// <returns>Whether it may go on; if not, it was cut.</returns>
    protected bool StandsThroughSwaps()
    {
        client.JudgeOnSwap(JudgeAgain);
        if (ReferenceEquals(core.Judge.PolicyOf(session), Verdict.Target!.Policy) || JudgeAgain() is not { } swapped)
        {
            return true;
        }

        client.Abort(swapped);
        return false;
    }

    /// <summary>Writes the record.</summary>
    /// <returns>Whether the trail has it.</returns>
    protected ValueTask<bool> AuditAsync(string failureCode)
    {
        IsAudited = true;
        ProxyTrace.End(Span, Verdict, failureCode);
        var (up, down) = Traffic;
        var traffic = new EgressTraffic(up, down, (long)core.Clock.GetElapsedTime(_started).TotalMilliseconds) { FailureCode = failureCode };
        return core.AuditAsync(session, asked.Method, Verdict, traffic);
    }

    private string? JudgeAgain()
    {
        var verdict = core.Judge.DecideAgain(session, asked, Verdict);
        return verdict.Allowed ? null : verdict.ReasonCode;
    }
}
