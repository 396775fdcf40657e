using System.Diagnostics;
using System.Net.Sockets;
using Palyra.Adapters.Egress.Tunnels;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>One CONNECT request: judged, dialled, opened, checked for what it carries, and relayed until either side or the lease ends it.</summary>
internal sealed class TunnelExchange(ProxyCore core, ClientConnection client, EgressSession session)
{
    private readonly long _started = core.Clock.GetTimestamp();
    private EgressRequest _asked = null!;
    private EgressVerdict _verdict;
    private bool _audited;
    private Activity? _span;

    /// <summary>Carries the tunnel to its end.</summary>
    /// <returns>Whether the connection may carry another request: only when the tunnel was refused.</returns>
    internal async ValueTask<bool> RunAsync(string authority, int headLength, bool keepAlive)
    {
        _asked = EgressRequest.Tunnel(authority);
        using var span = _span = ProxyTrace.Start("egress.tunnel", session);
        if (client.Input.Count > headLength)
        {
            return await RefuseEarlyAsync().ConfigureAwait(false);
        }

        client.Input.Consume(headLength);
        try
        {
            return await JudgeAndOpenAsync(keepAlive).ConfigureAwait(false);
        }
        finally
        {
            if (!_audited)
            {
                await AuditAsync(0, 0, client.AbortReason ?? ProxyReason.ClientGone).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<bool> JudgeAndOpenAsync(bool keepAlive)
    {
        _verdict = await core.Judge.DecideAsync(session, _asked, session.Closed).ConfigureAwait(false);
        if (!_verdict.Allowed)
        {
            return await RefuseAsync(403, _verdict.ReasonCode, _verdict.Message, keepAlive).ConfigureAwait(false);
        }

        switch (core.Tunnels.Take(session.WorkerId))
        {
            case SlotAnswer.WorkerFull:
                return await RefuseAsync(429, ProxyReason.WorkerLimit, "This worker has as many tunnels open as it may.", keepAlive).ConfigureAwait(false);
            case SlotAnswer.ProxyFull:
                return await RefuseAsync(503, ProxyReason.ProxyLimit, "The proxy has as many tunnels open as it may.", keepAlive).ConfigureAwait(false);
            default:
                break;
        }

        ProxyMetrics.TunnelOpened();
        try
        {
            var dialled = await core.Dialler.DialAsync(_verdict, session.Closed).ConfigureAwait(false);
            if (dialled.Connection is null)
            {
                return await RefuseUndialledAsync(dialled.Failure, keepAlive).ConfigureAwait(false);
            }

            using var origin = dialled.Connection;
            return await OpenAsync(origin).ConfigureAwait(false);
        }
        finally
        {
            client.JudgeOnSwap(null);
            core.Tunnels.GiveBack(session.WorkerId);
            ProxyMetrics.TunnelClosed();
        }
    }

    private async ValueTask<bool> OpenAsync(OriginConnection origin)
    {
        if (client.HasUnread)
        {
            return await RefuseEarlyAsync().ConfigureAwait(false);
        }

        client.Attach(origin);
        client.JudgeOnSwap(JudgeAgain);
        if (!ReferenceEquals(core.Judge.PolicyOf(session), _verdict.Target!.Policy) && JudgeAgain() is { } swapped)
        {
            client.Abort(swapped);
            return false;
        }

        client.Output.Append("HTTP/1.1 200 Connection Established\r\n\r\n"u8);
        await client.Output.FlushAsync().ConfigureAwait(false);
        var relay = new TunnelRelay(client, origin, _verdict.Target!.MaxResponseBytes, core.Options.MaxRequestBytes);
        var failure = "";
        try
        {
            var opening = _verdict.Target.Policy.AllowOpaqueTunnels ? TunnelVerdict.Open : await ReadOpeningAsync(relay).ConfigureAwait(false);
            if (opening == TunnelVerdict.Wait)
            {
                // The worker left before it said what the tunnel is for.
                failure = ProxyReason.ClientGone;
                origin.Reset();
            }
            else if (opening == TunnelVerdict.Cut)
            {
                _verdict = EgressVerdict.Deny(_verdict.Target, new EgressDenial.TunnelSni(_verdict.Target.Host));
                client.Abort(_verdict.ReasonCode);
            }
            else
            {
                client.EnterPhase(core.Options.IdleTimeout, null);
                await relay.RunAsync().ConfigureAwait(false);
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException)
        {
            failure = ProxyReason.ClientGone;
        }

        client.Attach(null);
        failure = _verdict.Allowed ? client.AbortReason ?? failure : "";
        await AuditAsync(relay.BytesUp, relay.BytesDown, failure).ConfigureAwait(false);
        return false;
    }

    /// <summary>Reads until the first bytes show what the tunnel carries, and passes them on if that is what was judged.</summary>
    /// <returns>The verdict; <see cref="TunnelVerdict.Wait"/> when the worker ended before there was one.</returns>
    private async ValueTask<TunnelVerdict> ReadOpeningAsync(TunnelRelay relay)
    {
        client.EnterPhase(null, core.Options.HeadTimeout);
        while (await client.Input.ReadAsync().ConfigureAwait(false) > 0)
        {
            var opening = TunnelOpening.Judge(ClientHello.Read(client.Input.Bytes), _verdict.Target!.Host);
            if (opening == TunnelVerdict.Open)
            {
                await relay.PassOnAsync(client.Input).ConfigureAwait(false);
            }

            if (opening != TunnelVerdict.Wait)
            {
                return opening;
            }
        }

        return TunnelVerdict.Wait;
    }

    private ValueTask<bool> RefuseUndialledAsync(DialFailure failure, bool keepAlive) => failure switch
    {
        DialFailure.TimedOut => RefuseAsync(504, ProxyReason.TimedOut, "The target could not be connected to in time.", keepAlive),
        DialFailure.WrongPeer => RefuseAsync(502, ProxyReason.WrongPeer, "The connected peer is not the judged address.", keepAlive),
        _ => RefuseAsync(502, ProxyReason.Unreachable, "Nobody answered at the judged addresses.", keepAlive),
    };

    private ValueTask<bool> RefuseEarlyAsync() =>
        RefuseAsync(400, ProxyReason.Malformed, "There are bytes behind the head of CONNECT before it was answered.", keepAlive: false);

    private async ValueTask<bool> RefuseAsync(int status, string reasonCode, string message, bool keepAlive)
    {
        await AuditAsync(0, 0, _verdict.Allowed || status == 400 ? reasonCode : "").ConfigureAwait(false);
        ProxyLog.Refused(core.Log, reasonCode);
        new ProxyAnswer(status, reasonCode, message, _verdict.RequestFingerprint).Write(client.Output, keepAlive);
        await client.Output.FlushAsync().ConfigureAwait(false);
        if (!keepAlive)
        {
            await client.LingerAsync().ConfigureAwait(false);
        }

        return keepAlive;
    }

    private ValueTask<bool> AuditAsync(long up, long down, string failureCode)
    {
        _audited = true;
        ProxyTrace.End(_span, _verdict, failureCode);
        var traffic = new EgressTraffic(up, down, (long)core.Clock.GetElapsedTime(_started).TotalMilliseconds) { FailureCode = failureCode };
        return core.AuditAsync(session, _asked.Method, _verdict, traffic);
    }

    private string? JudgeAgain()
    {
        var verdict = core.Judge.DecideAgain(session, _asked, _verdict);
        return verdict.Allowed ? null : verdict.ReasonCode;
    }
}
