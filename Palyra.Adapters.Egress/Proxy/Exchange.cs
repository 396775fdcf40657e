using System.Net.Sockets;
using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Injection;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// One absolute-form request: judged, sent on to a judged address, and its answer brought back. Whatever happens leaves one audit record.
/// </summary>
internal sealed class Exchange : JudgedRequest
{
    private readonly RequestHead _request;
    private readonly RequestPlan _plan;
    private readonly int _headLength;
    private InjectedCredentials? _injection;
    private RequestBody? _body;
    private ResponseRelay? _relay;

    /// <summary>A request whose head is still in the client's input.</summary>
    internal Exchange(ProxyCore core, ClientConnection client, EgressSession session, RequestHead request, RequestPlan plan, int headLength)
        : base(core, client, session, AsAsked(request, client.Input.Bytes[..headLength]))
    {
        _request = request;
        _plan = plan;
        _headLength = headLength;
    }

    /// <inheritdoc/>
    protected override (long Up, long Down) Traffic => ((_body?.Bytes ?? 0) + (Verdict.Allowed ? _headLength : 0), _relay?.Bytes ?? 0);

    /// <summary>Carries the request out.</summary>
    /// <returns>Whether the connection may carry another request.</returns>
    internal async ValueTask<bool> RunAsync()
    {
        using var span = Span = ProxyTrace.Start("egress.request", Session);
        try
        {
            return await JudgeAndSendAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!IsAudited)
            {
                await AuditAsync(Client.AbortReason ?? ProxyReason.ClientGone).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<bool> JudgeAndSendAsync()
    {
        if (JudgeTarget() is not { } target)
        {
            return await DenyAsync().ConfigureAwait(false);
        }

        // The place comes before the name: looking it up is work as well.
        if (Core.Requests.Take(Session.WorkerId) != SlotAnswer.Taken)
        {
            return await RefuseAsync(429, ProxyReason.WorkerLimit, "This worker has as many requests under way as it may.").ConfigureAwait(false);
        }

        try
        {
            Verdict = await Core.Judge.ResolveAsync(target, Session.Closed).ConfigureAwait(false);
            if (Verdict.Allowed)
            {
                return await InjectAndSendAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            Core.Requests.GiveBack(Session.WorkerId);
        }

        return await DenyAsync().ConfigureAwait(false);
    }

    private static EgressRequest AsAsked(RequestHead request, ReadOnlySpan<byte> head) =>
        new() { Method = HttpMethodText.Of(request.Method(head)), Url = Encoding.ASCII.GetString(request.Target(head)) };

    private async ValueTask<bool> InjectAndSendAsync()
    {
        if (_plan.Framing.Kind == BodyKind.Length && _plan.Framing.Length > Core.Options.MaxRequestBytes)
        {
            return await RefuseAsync(413, ProxyReason.RequestTooLarge, "The request body is larger than the proxy takes.").ConfigureAwait(false);
        }

        if (Verdict.Target!.CredentialBindings.Count == 0)
        {
            return await SendAsync().ConfigureAwait(false);
        }

        using var injection = await InjectedCredentials.FetchAsync(Verdict.Target, Core.Vault, Core.Log, Session.Closed).ConfigureAwait(false);
        if (injection.Denial is { } denial)
        {
            Verdict = EgressVerdict.Deny(Verdict.Target, denial);
            return await DenyAsync().ConfigureAwait(false);
        }

        _injection = injection;
        return await SendAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> SendAsync()
    {
        if (!StandsThroughSwaps())
        {
            return false;
        }

        var origin = Core.Pool.Take(Verdict);
        try
        {
            while (true)
            {
                if (origin is null)
                {
                    var dialled = await Core.Dialler.DialAsync(Verdict, Session.Closed).ConfigureAwait(false);
                    if (dialled.Connection is null)
                    {
                        return await RefuseUndialledAsync(dialled.Failure).ConfigureAwait(false);
                    }

                    origin = dialled.Connection;
                }

                Client.Attach(origin);
                var failure = await TryExchangeAsync(origin).ConfigureAwait(false);
                if (failure is null)
                {
                    var keepAlive = await FinishAsync(origin).ConfigureAwait(false);
                    if (_relay!.KeepsOrigin && _body is null or { IsDone: true })
                    {
                        Core.Pool.GiveBack(origin);
                        origin = null;
                    }

                    return keepAlive;
                }

                var retry = failure == ProxyReason.Truncated && MayTryAgain(origin);
                Client.Attach(null);
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
            Client.JudgeOnSwap(null);
            Client.Attach(null);
            if (_body is { IsUnderWay: true } body)
            {
                // INVARIANT: no buffer goes back to the pool while the body is still carried through it.
                origin?.Reset();
                Client.Abort(ProxyReason.ClientGone);
                await body.Ended.ConfigureAwait(false);
            }

            origin?.Dispose();
        }
    }

    /// <summary>Sends the request and brings the answer back, as far as it goes.</summary>
    /// <returns>Why it failed, or <see langword="null"/>.</returns>
    private async ValueTask<string?> TryExchangeAsync(OriginConnection origin)
    {
        RequestHeadWriter.Write(origin.Output, Verdict.Target!, Asked.Method, _request, Client.Input.Bytes[.._headLength], _plan.Framing, _injection);
        Client.SpareClient(true);
        try
        {
            if (_plan.Framing.Kind == BodyKind.None)
            {
                await origin.Output.FlushAsync().ConfigureAwait(false);
            }
            else
            {
                Client.Input.Consume(_headLength);
                if (_plan.ExpectsContinue && Client.Input.Count == 0)
                {
                    Client.Output.Append("HTTP/1.1 100 Continue\r\n\r\n"u8);
                    await Client.Output.FlushAsync().ConfigureAwait(false);
                }

                _body = new RequestBody(Client, origin, _plan.Framing, Core.Options.MaxRequestBytes);
                _body.Start();
            }

            _relay = new ResponseRelay(Client, origin, Verdict.Target!, _injection?.Scrubber, _request.MinorVersion);
            var failure = await _relay.ReadHeadAsync(Asked.Method == "HEAD").ConfigureAwait(false);
            Client.SpareClient(false);
            return failure ?? await _relay.RelayAsync(_plan.KeepAlive && !Core.IsDraining).ConfigureAwait(false);
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or SocketException)
        {
            return Client.AbortReason
                ?? (Client.Output.IsBroken ? ProxyReason.ClientGone : Client.OriginTimedOut ? ProxyReason.TimedOut : ProxyReason.Truncated);
        }
        finally
        {
            Client.SpareClient(false);
        }
    }

    private async ValueTask<bool> FinishAsync(OriginConnection origin)
    {
        var bodyDone = _body is null || _body.IsDone;
        if (_body is null)
        {
            Client.Input.Consume(_headLength);
        }

        var keepAlive = _relay!.KeepsClient && bodyDone;
        if (!await AuditAsync("").ConfigureAwait(false))
        {
            Client.Abort(ProxyReason.AuditUnavailable);
            return false;
        }

        await Client.Output.FlushAsync().ConfigureAwait(false);
        Client.Attach(null);
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
            Client.EnterPhase(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
            await Client.EndSendingAsync().ConfigureAwait(false);
            await body.Ended.ConfigureAwait(false);
        }

        if (!keepAlive)
        {
            await Client.LingerAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Answers for an origin that failed, or cuts the connection when part of its answer is out already.</summary>
    private async ValueTask<bool> FailAsync(string failure)
    {
        failure = Client.AbortReason ?? _body?.Error ?? failure;
        if (Client.AbortReason is not null || Client.Output.IsBroken || _relay is { HasBegun: true })
        {
            await AuditAsync(failure).ConfigureAwait(false);
            Client.Abort(failure);
            return false;
        }

        Client.Output.Discard();
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

    /// <inheritdoc/>
    protected override async ValueTask<bool> RefuseAsync(int status, string reasonCode, string message)
    {
        // A body that nobody read would be taken for the next request.
        var keepAlive = _plan.KeepAlive && _plan.Framing.Kind == BodyKind.None && !Core.IsDraining;
        if (_body is null)
        {
            Client.Input.Consume(_headLength);
        }

        await WriteRefusalAsync(status, reasonCode, message, keepAlive).ConfigureAwait(false);
        await EndAsync(keepAlive).ConfigureAwait(false);
        return keepAlive;
    }

    private bool MayTryAgain(OriginConnection origin) =>
        origin.IsReused && _plan.Framing.Kind == BodyKind.None && !Client.OriginTimedOut
        && _relay is null or { HasAnswerBytes: false } && HttpMethodText.IsIdempotent(Asked.Method);
}
