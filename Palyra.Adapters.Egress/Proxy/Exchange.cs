using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Injection;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// One absolute-form request: judged, sent on to a judged address, and its answer brought back. Whatever happens leaves one audit record.
/// </summary>
internal sealed class Exchange(ProxyCore core, ClientConnection client, EgressSession session, RequestHead request, RequestPlan plan)
{
    private readonly long _started = core.Clock.GetTimestamp();
    private EgressRequest _asked = null!;
    private EgressVerdict _verdict;
    private InjectedCredentials? _injection;
    private RequestBody? _body;
    private ResponseRelay? _relay;
    private int _headLength;
    private bool _audited;
    private Activity? _span;

    /// <summary>Carries the request out.</summary>
    /// <returns>Whether the connection may carry another request.</returns>
    internal async ValueTask<bool> RunAsync(int headLength)
    {
        _headLength = headLength;
        _asked = AsAsked();
        using var span = _span = ProxyTrace.Start("egress.request", session);
        try
        {
            return await JudgeAndSendAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!_audited)
            {
                await AuditAsync(client.AbortReason ?? ProxyReason.ClientGone).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<bool> JudgeAndSendAsync()
    {
        // The place comes first: looking a name up is work as well.
        if (core.Requests.Take(session.WorkerId) != SlotAnswer.Taken)
        {
            return await RefuseAsync(429, ProxyReason.WorkerLimit, "This worker has as many requests under way as it may.").ConfigureAwait(false);
        }

        try
        {
            _verdict = await core.Judge.DecideAsync(session, _asked, session.Closed).ConfigureAwait(false);
            if (_verdict.Allowed)
            {
                return await InjectAndSendAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            core.Requests.GiveBack(session.WorkerId);
        }

        return await RefuseAsync(403, _verdict.ReasonCode, _verdict.Message).ConfigureAwait(false);
    }

    private EgressRequest AsAsked()
    {
        var head = client.Input.Bytes[.._headLength];
        return new EgressRequest { Method = HttpMethodText.Of(request.Method(head)), Url = Encoding.ASCII.GetString(request.Target(head)) };
    }

    private async ValueTask<bool> InjectAndSendAsync()
    {
        if (plan.Framing.Kind == BodyKind.Length && plan.Framing.Length > core.Options.MaxRequestBytes)
        {
            return await RefuseAsync(413, ProxyReason.RequestTooLarge, "The request body is larger than the proxy takes.").ConfigureAwait(false);
        }

        if (_verdict.Target!.CredentialBindings.Count == 0)
        {
            return await SendAsync().ConfigureAwait(false);
        }

        using var injection = await InjectedCredentials.FetchAsync(_verdict.Target, core.Vault, core.Log, session.Closed).ConfigureAwait(false);
        if (injection.Denial is { } denial)
        {
            _verdict = EgressVerdict.Deny(_verdict.Target, denial);
            return await RefuseAsync(403, _verdict.ReasonCode, _verdict.Message).ConfigureAwait(false);
        }

        _injection = injection;
        return await SendAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> SendAsync()
    {
        client.JudgeOnSwap(JudgeAgain);
        if (!ReferenceEquals(core.Judge.PolicyOf(session), _verdict.Target!.Policy) && JudgeAgain() is { } swapped)
        {
            client.Abort(swapped);
            return false;
        }

        var origin = core.Pool.Take(_verdict);
        try
        {
            while (true)
            {
                if (origin is null)
                {
                    var dialled = await core.Dialler.DialAsync(_verdict, session.Closed).ConfigureAwait(false);
                    if (dialled.Connection is null)
                    {
                        return await RefuseUndialledAsync(dialled.Failure).ConfigureAwait(false);
                    }

                    origin = dialled.Connection;
                }

                client.Attach(origin);
                var failure = await TryExchangeAsync(origin).ConfigureAwait(false);
                if (failure is null)
                {
                    var keepAlive = await FinishAsync(origin).ConfigureAwait(false);
                    if (_relay!.KeepsOrigin && _body is null or { IsDone: true })
                    {
                        core.Pool.GiveBack(origin);
                        origin = null;
                    }

                    return keepAlive;
                }

                var retry = failure == ProxyReason.Truncated && MayTryAgain(origin);
                client.Attach(null);
                origin.Reset();
                if (!retry)
                {
                    return await FailAsync(failure).ConfigureAwait(false);
                }

                origin.Dispose();
                origin = null;
            }
        }
        finally
        {
            client.JudgeOnSwap(null);
            client.Attach(null);
            if (_body is { IsUnderWay: true } body)
            {
                // INVARIANT: no buffer goes back to the pool while the body is still carried through it.
                origin?.Reset();
                client.Abort(ProxyReason.ClientGone);
                await body.Ended.ConfigureAwait(false);
            }

            origin?.Dispose();
        }
    }

    /// <summary>Sends the request and brings the answer back, as far as it goes.</summary>
    /// <returns>Why it failed, or <see langword="null"/>.</returns>
    private async ValueTask<string?> TryExchangeAsync(OriginConnection origin)
    {
        RequestHeadWriter.Write(origin.Output, _verdict.Target!, _asked.Method, request, client.Input.Bytes[.._headLength], plan.Framing, _injection);
        client.SpareClient(true);
        try
        {
            if (plan.Framing.Kind == BodyKind.None)
            {
                await origin.Output.FlushAsync().ConfigureAwait(false);
            }
            else
            {
                client.Input.Consume(_headLength);
                if (plan.ExpectsContinue && client.Input.Count == 0)
                {
                    client.Output.Append("HTTP/1.1 100 Continue\r\n\r\n"u8);
                    await client.Output.FlushAsync().ConfigureAwait(false);
                }

                _body = new RequestBody(client, origin, plan.Framing, core.Options.MaxRequestBytes);
                _body.Start();
            }

            _relay = new ResponseRelay(client, origin, _verdict.Target!, _injection?.Scrubber, request.MinorVersion);
            var failure = await _relay.ReadHeadAsync(_asked.Method == "HEAD").ConfigureAwait(false);
            client.SpareClient(false);
            return failure ?? await _relay.RelayAsync(plan.KeepAlive && !core.IsDraining).ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or SocketException)
        {
            return client.AbortReason
                ?? (client.Output.IsBroken ? ProxyReason.ClientGone : client.OriginTimedOut ? ProxyReason.TimedOut : ProxyReason.Truncated);
        }
        finally
        {
            client.SpareClient(false);
        }
    }

    private async ValueTask<bool> FinishAsync(OriginConnection origin)
    {
        var bodyDone = _body is null || _body.IsDone;
        if (_body is null)
        {
            client.Input.Consume(_headLength);
        }

        var keepAlive = _relay!.KeepsClient && bodyDone;
        if (!await AuditAsync("").ConfigureAwait(false))
        {
            client.Abort(ProxyReason.AuditUnavailable);
            return false;
        }

        await client.Output.FlushAsync().ConfigureAwait(false);
        client.Attach(null);
        if (!bodyDone)
        {
            origin.Reset();
        }

        await EndAsync(keepAlive).ConfigureAwait(false);
        return keepAlive;
    }

    /// <summary>
    /// After an answer that is out: waits for what is left of a body that nobody wants any more, then ends the connection unless it is kept. The origin
    /// has been reset by then, and a deadline ends a worker that sends no more.
    /// </summary>
    private async ValueTask EndAsync(bool keepAlive)
    {
        if (_body is { IsUnderWay: true } body)
        {
            client.EnterPhase(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
            await client.EndSendingAsync().ConfigureAwait(false);
            await body.Ended.ConfigureAwait(false);
        }

        if (!keepAlive)
        {
            await client.LingerAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Answers for an origin that failed, or cuts the connection when part of its answer is out already.</summary>
    private async ValueTask<bool> FailAsync(string failure)
    {
        failure = client.AbortReason ?? _body?.Error ?? failure;
        if (client.AbortReason is not null || client.Output.IsBroken || _relay is { HasBegun: true })
        {
            await AuditAsync(failure).ConfigureAwait(false);
            client.Abort(failure);
            return false;
        }

        client.Output.Discard();
        return failure switch
        {
            ProxyReason.Malformed => await RefuseAsync(400, failure, "The request body is not framed as its head says.").ConfigureAwait(false),
            ProxyReason.ClientGone => await RefuseAsync(400, failure, "The request body ended before its end.").ConfigureAwait(false),
            ProxyReason.RequestTooLarge => await RefuseAsync(413, failure, "The request body is larger than the proxy takes.").ConfigureAwait(false),
            ProxyReason.TimedOut => await RefuseAsync(504, failure, "The origin did not answer in time.").ConfigureAwait(false),
            ProxyReason.ResponseTooLarge => await RefuseAsync(502, failure, "The answer is larger than its budget.").ConfigureAwait(false),
            ProxyReason.UnreadableAnswer => await RefuseAsync(
                502, failure, "A credential was injected and the answer came compressed or in part, so that the secret could not be looked for.").ConfigureAwait(false),
            ProxyReason.MalformedAnswer => await RefuseAsync(502, failure, $"The origin's answer is malformed: {_relay?.Error}.").ConfigureAwait(false),
            _ => await RefuseAsync(502, failure, "The origin closed the connection before it answered.").ConfigureAwait(false),
        };
    }

    private ValueTask<bool> RefuseUndialledAsync(DialFailure failure) => failure switch
    {
        DialFailure.TimedOut => RefuseAsync(504, ProxyReason.TimedOut, "The origin could not be connected to in time."),
        DialFailure.Tls => RefuseAsync(502, ProxyReason.UpstreamTls, "The origin's TLS could not be verified for the judged host."),
        DialFailure.WrongPeer => RefuseAsync(502, ProxyReason.WrongPeer, "The connected peer is not the judged address."),
        _ => RefuseAsync(502, ProxyReason.Unreachable, "Nobody answered at the judged addresses."),
    };

    private async ValueTask<bool> RefuseAsync(int status, string reasonCode, string message)
    {
        // A body that nobody read would be taken for the next request.
        var keepAlive = plan.KeepAlive && plan.Framing.Kind == BodyKind.None && !core.IsDraining;
        await AuditAsync(reasonCode == _verdict.ReasonCode ? "" : reasonCode).ConfigureAwait(false);
        ProxyLog.Refused(core.Log, reasonCode);
        if (_body is null)
        {
            client.Input.Consume(_headLength);
        }

        new ProxyAnswer(status, reasonCode, message, _verdict.RequestFingerprint).Write(client.Output, keepAlive, withBody: _asked.Method != "HEAD");
        await client.Output.FlushAsync().ConfigureAwait(false);
        await EndAsync(keepAlive).ConfigureAwait(false);
        return keepAlive;
    }

    private bool MayTryAgain(OriginConnection origin) =>
        origin.IsReused && plan.Framing.Kind == BodyKind.None && !client.OriginTimedOut
        && _relay is null or { HasAnswerBytes: false } && HttpMethodText.IsIdempotent(_asked.Method);

    private string? JudgeAgain()
    {
        var verdict = core.Judge.DecideAgain(session, _asked, _verdict);
        return verdict.Allowed ? null : verdict.ReasonCode;
    }

    private ValueTask<bool> AuditAsync(string failureCode)
    {
        var traffic = new EgressTraffic(
            (_body?.Bytes ?? 0) + (_verdict.Allowed ? _headLength : 0),
            _relay?.Bytes ?? 0,
            (long)core.Clock.GetElapsedTime(_started).TotalMilliseconds)
        { FailureCode = failureCode };
        _audited = true;
        ProxyTrace.End(_span, _verdict, failureCode);
        return core.AuditAsync(session, _asked.Method, _verdict, traffic);
    }
}
