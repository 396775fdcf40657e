using System.Diagnostics;
using Palyra.Adapters.Egress.Tunnels;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// One CONNECT request: judged, dialled, opened, checked for what it carries, and relayed until either side or the lease ends it. One step after
/// the other, each gone when the next begins, so that an open tunnel holds little more than its two waits.
/// </summary>
internal sealed class TunnelExchange(ProxyCore core, ClientConnection client, EgressSession session, string authority, int headLength, bool keepAlive)
{
    // How long bytes that have arrived may take from the socket through TLS to the stream.
    private static readonly TimeSpan EarlyBytesTake = TimeSpan.FromMilliseconds(100);

    private readonly long _started = core.Clock.GetTimestamp();
    private readonly EgressRequest _asked = EgressRequest.Tunnel(authority);
    private EgressVerdict _verdict;
    private OriginConnection? _origin;
    private TunnelRelay? _relay;
    private Task? _first;
    private Activity? _span;
    private bool _holdsSlot;
    private bool _audited;
    private bool _goesOn;

    /// <summary>Carries the tunnel to its end.</summary>
    /// <returns>Whether the connection may carry another request: only when the tunnel was refused.</returns>
    internal async ValueTask<bool> RunAsync()
    {
        using var span = _span = ProxyTrace.Start("egress.tunnel", session);
        var failure = ProxyReason.ClientGone;
        try
        {
            if (await JudgeAsync().ConfigureAwait(false) && await DialAsync().ConfigureAwait(false) && await OpenAsync().ConfigureAwait(false))
            {
                client.EnterPhase(core.Options.IdleTimeout, null);
                var up = _relay!.UpAsync(_first);
                _first = null;
                await _relay.DownAsync().ConfigureAwait(false);
                await up.ConfigureAwait(false);
                failure = "";
            }

            return _goesOn;
        }
        finally
        {
            try
            {
                if (!_audited)
                {
                    client.Attach(null);
                    await AuditAsync(client.AbortReason ?? failure).ConfigureAwait(false);
                }
            }
            finally
            {
                Release();
            }
        }
    }

    private async ValueTask<bool> JudgeAsync()
    {
        if (client.Input.Count > headLength)
        {
            return await RefuseEarlyAsync().ConfigureAwait(false);
        }

        client.Input.Consume(headLength);

        // The place comes first: looking a name up is work as well.
        switch (core.Tunnels.Take(session.WorkerId))
        {
            case SlotAnswer.WorkerFull:
                return await RefuseAsync(429, ProxyReason.WorkerLimit, "This worker has as many tunnels open as it may.", keepAlive).ConfigureAwait(false);
            case SlotAnswer.ProxyFull:
                return await RefuseAsync(503, ProxyReason.ProxyLimit, "The proxy has as many tunnels open as it may.", keepAlive).ConfigureAwait(false);
            default:
                _holdsSlot = true;
                ProxyMetrics.TunnelOpened();
                break;
        }

        _verdict = await core.Judge.DecideAsync(session, _asked, session.Closed).ConfigureAwait(false);
        if (_verdict.Allowed)
        {
            return true;
        }

        GiveSlotBack();
        return await RefuseAsync(403, _verdict.ReasonCode, _verdict.Message, keepAlive).ConfigureAwait(false);
    }

    private async ValueTask<bool> DialAsync()
    {
        var dialled = await core.Dialler.DialAsync(_verdict, session.Closed).ConfigureAwait(false);
        _origin = dialled.Connection;
        return _origin is not null || await RefuseUndialledAsync(dialled.Failure).ConfigureAwait(false);
    }

    private async ValueTask<bool> OpenAsync()
    {
        if (client.HasUnread)
        {
            return await RefuseEarlyAsync().ConfigureAwait(false);
        }

        if (client.IsSecured)
        {
            // Inside TLS the stream is asked as well: bytes may have been taken from the socket already, and not all that lies there is for us.
            var arrived = client.HasBytesOnWire;
            var first = client.Stream.ReadAsync(Memory<byte>.Empty).AsTask();
            if (!first.IsCompleted && (arrived || client.HasBytesOnWire))
            {
                // What has arrived is brought to the stream by another thread, if it is for us; TLS's own messages never get there.
                await Task.WhenAny(first, Task.Delay(EarlyBytesTake)).ConfigureAwait(false);
            }

            if (first.IsCompleted)
            {
                await first.ConfigureAwait(false);
                return await client.Input.ReadAsync().ConfigureAwait(false) > 0 && await RefuseEarlyAsync().ConfigureAwait(false);
            }

            _first = first;
        }

        client.Attach(_origin);
        client.JudgeOnSwap(JudgeAgain);
        if (!ReferenceEquals(core.Judge.PolicyOf(session), _verdict.Target!.Policy) && JudgeAgain() is { } swapped)
        {
            client.Abort(swapped);
            return false;
        }

        client.Output.Append("HTTP/1.1 200 Connection Established\r\n\r\n"u8);
        await client.Output.FlushAsync().ConfigureAwait(false);
        client.Output.ReleaseIfEmpty();
        _relay = new TunnelRelay(client, _origin!, _verdict.Target.MaxResponseBytes, core.Options.MaxRequestBytes);
        if (_verdict.Target.Policy.AllowOpaqueTunnels)
        {
            return true;
        }

        switch (await ReadOpeningAsync().ConfigureAwait(false))
        {
            case TunnelVerdict.Open:
                return true;
            case TunnelVerdict.Cut:
                _verdict = EgressVerdict.Deny(_verdict.Target, new EgressDenial.TunnelSni(_verdict.Target.Host));
                client.Abort(_verdict.ReasonCode);
                await AuditAsync("").ConfigureAwait(false);
                return false;
            default:
                // The worker left before it said what the tunnel is for.
                _origin!.Reset();
                return false;
        }
    }

    /// <summary>Reads until the first bytes show what the tunnel carries, and passes them on if that is what was judged.</summary>
    /// <returns>The verdict; <see cref="TunnelVerdict.Wait"/> when the worker ended before there was one.</returns>
    private async ValueTask<TunnelVerdict> ReadOpeningAsync()
    {
        client.EnterPhase(null, core.Options.HeadTimeout);
        if (_first is not null)
        {
            await _first.ConfigureAwait(false);
            _first = null;
        }

        while (await client.Input.ReadAsync().ConfigureAwait(false) > 0)
        {
            var target = _verdict.Target!;
            var opening = TunnelOpening.Judge(ClientHello.Read(client.Input.Bytes), target.Host, isAddress: !target.Literal.IsEmpty);
            if (opening == TunnelVerdict.Open)
            {
                await _relay!.PassOnAsync(client.Input).ConfigureAwait(false);
            }

            if (opening != TunnelVerdict.Wait)
            {
                return opening;
            }
        }

        return TunnelVerdict.Wait;
    }

    private void Release()
    {
        client.JudgeOnSwap(null);
        client.Attach(null);
        GiveSlotBack();
        _origin?.Dispose();
    }

    private void GiveSlotBack()
    {
        if (_holdsSlot)
        {
            _holdsSlot = false;
            core.Tunnels.GiveBack(session.WorkerId);
            ProxyMetrics.TunnelClosed();
        }
    }

    private ValueTask<bool> RefuseUndialledAsync(DialFailure failure) => failure switch
    {
        DialFailure.TimedOut => RefuseAsync(504, ProxyReason.TimedOut, "The target could not be connected to in time.", keepAlive),
        DialFailure.WrongPeer => RefuseAsync(502, ProxyReason.WrongPeer, "The connected peer is not the judged address.", keepAlive),
        _ => RefuseAsync(502, ProxyReason.Unreachable, "Nobody answered at the judged addresses.", keepAlive),
    };

    private ValueTask<bool> RefuseEarlyAsync() =>
        RefuseAsync(400, ProxyReason.Malformed, "There are bytes behind the head of CONNECT before it was answered.", goOn: false);

    /// <summary>Answers that there will be no tunnel.</summary>
    /// <returns>Always that the next step does not follow.</returns>
    private async ValueTask<bool> RefuseAsync(int status, string reasonCode, string message, bool goOn)
    {
        await AuditAsync(reasonCode == _verdict.ReasonCode ? "" : reasonCode).ConfigureAwait(false);
        ProxyLog.Refused(core.Log, reasonCode);
        new ProxyAnswer(status, reasonCode, message, _verdict.RequestFingerprint).Write(client.Output, goOn);
        await client.Output.FlushAsync().ConfigureAwait(false);
        if (!goOn)
        {
            await client.LingerAsync().ConfigureAwait(false);
        }

        _goesOn = goOn;
        return false;
    }

    private ValueTask<bool> AuditAsync(string failureCode)
    {
        _audited = true;
        ProxyTrace.End(_span, _verdict, failureCode);
        var traffic = new EgressTraffic(_relay?.BytesUp ?? 0, _relay?.BytesDown ?? 0, (long)core.Clock.GetElapsedTime(_started).TotalMilliseconds)
        {
            FailureCode = failureCode,
        };
        return core.AuditAsync(session, _asked.Method, _verdict, traffic);
    }

    private string? JudgeAgain()
    {
        var verdict = core.Judge.DecideAgain(session, _asked, _verdict);
        return verdict.Allowed ? null : verdict.ReasonCode;
    }
}
