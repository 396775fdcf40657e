using Palyra.Adapters.Egress.Tunnels;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// One CONNECT request: judged, dialled, opened, checked for what it carries, and relayed until either side or the lease ends it. One step after
/// the other, each gone when the next begins, so that an open tunnel holds little more than its two waits.
/// </summary>
internal sealed class TunnelExchange(ProxyCore core, ClientConnection client, EgressSession session, string authority, int headLength, bool keepAlive)
    : JudgedRequest(core, client, session, EgressRequest.Tunnel(authority))
{
    // How long bytes that have arrived may take from the socket through TLS to the stream.
    private static readonly TimeSpan EarlyBytesTake = TimeSpan.FromMilliseconds(100);

    private OriginConnection? _origin;
    private TunnelRelay? _relay;
    private Task? _first;
    private bool _holdsSlot;
    private bool _goesOn;

    /// <inheritdoc/>
    protected override (long Up, long Down) Traffic => (_relay?.BytesUp ?? 0, _relay?.BytesDown ?? 0);

    /// <summary>Carries the tunnel to its end.</summary>
    /// <returns>Whether the connection may carry another request: only when the tunnel was refused.</returns>
    internal async ValueTask<bool> RunAsync()
    {
        using var span = Span = ProxyTrace.Start("egress.tunnel", Session);
        var failure = ProxyReason.ClientGone;
        try
        {
            if (await JudgeAsync().ConfigureAwait(false) && await DialAsync().ConfigureAwait(false) && await OpenAsync().ConfigureAwait(false))
            {
                Client.EnterPhase(Core.Options.IdleTimeout, null);
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
                if (!IsAudited)
                {
                    Client.Attach(null);
                    await AuditAsync(Client.AbortReason ?? failure).ConfigureAwait(false);
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
        if (Client.Input.Count > headLength)
        {
            return await RefuseEarlyAsync().ConfigureAwait(false);
        }

        Client.Input.Consume(headLength);
        if (JudgeTarget() is not { } target)
        {
            return await DenyAsync().ConfigureAwait(false);
        }

        // The place comes before the name: looking it up is work as well.
        switch (Core.Tunnels.Take(Session.WorkerId))
        {
            case SlotAnswer.WorkerFull:
                return await RefuseAsync(429, ProxyReason.WorkerLimit, "This worker has as many tunnels open as it may.").ConfigureAwait(false);
            case SlotAnswer.ProxyFull:
                return await RefuseAsync(503, ProxyReason.ProxyLimit, "The proxy has as many tunnels open as it may.").ConfigureAwait(false);
            default:
                _holdsSlot = true;
                ProxyMetrics.TunnelOpened();
                break;
        }

        Verdict = await Core.Judge.ResolveAsync(target, Session.Closed).ConfigureAwait(false);
        if (Verdict.Allowed)
        {
            return true;
        }

        GiveSlotBack();
        return await DenyAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> DialAsync()
    {
        var dialled = await Core.Dialler.DialAsync(Verdict, Session.Closed).ConfigureAwait(false);
        _origin = dialled.Connection;
        return _origin is not null || await RefuseUndialledAsync(dialled.Failure).ConfigureAwait(false);
    }

    private async ValueTask<bool> OpenAsync()
    {
        if (Client.HasUnread)
        {
            return await RefuseEarlyAsync().ConfigureAwait(false);
        }

        if (Client.IsSecured)
        {
            // Inside TLS the stream is asked as well: bytes may have been taken from the socket already, and not all that lies there is for us.
            var arrived = Client.HasBytesOnWire;
            var first = Client.Stream.ReadAsync(Memory<byte>.Empty).AsTask();
            if (!first.IsCompleted && (arrived || Client.HasBytesOnWire))
            {
                // What has arrived is brought to the stream by another thread, if it is for us; TLS's own messages never get there.
                await Task.WhenAny(first, Task.Delay(EarlyBytesTake)).ConfigureAwait(false);
            }

            if (first.IsCompleted)
            {
                await first.ConfigureAwait(false);
                return await Client.Input.ReadAsync().ConfigureAwait(false) > 0 && await RefuseEarlyAsync().ConfigureAwait(false);
            }

            _first = first;
        }

        Client.Attach(_origin);
        if (!StandsThroughSwaps())
        {
            return false;
        }

        Client.Output.Append("HTTP/1.1 200 Connection Established\r\n\r\n"u8);
        await Client.Output.FlushAsync().ConfigureAwait(false);
        Client.Output.ReleaseIfEmpty();
        var target = Verdict.Target!;
        _relay = new TunnelRelay(Client, _origin!, target.MaxResponseBytes, Core.Options.MaxRequestBytes);
        if (target.Policy.AllowOpaqueTunnels)
        {
            return true;
        }

        switch (await ReadOpeningAsync().ConfigureAwait(false))
        {
            case TunnelVerdict.Open:
                return true;
            case TunnelVerdict.Cut:
                Verdict = EgressVerdict.Deny(target, new EgressDenial.TunnelSni(target.Host));
                Client.Abort(Verdict.ReasonCode);
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
        Client.EnterPhase(null, Core.Options.HeadTimeout);
        if (_first is not null)
        {
            await _first.ConfigureAwait(false);
            _first = null;
        }

        while (await Client.Input.ReadAsync().ConfigureAwait(false) > 0)
        {
            var target = Verdict.Target!;
            var opening = TunnelOpening.Judge(ClientHello.Read(Client.Input.Bytes), target.Host, isAddress: !target.Literal.IsEmpty);
            if (opening == TunnelVerdict.Open)
            {
                await _relay!.PassOnAsync(Client.Input).ConfigureAwait(false);
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
        Client.JudgeOnSwap(null);
        Client.Attach(null);
        GiveSlotBack();
        _origin?.Dispose();
    }

    private void GiveSlotBack()
    {
        if (_holdsSlot)
        {
            _holdsSlot = false;
            Core.Tunnels.GiveBack(Session.WorkerId);
            ProxyMetrics.TunnelClosed();
        }
    }

    private ValueTask<bool> RefuseEarlyAsync() =>
        RefuseAsync(400, ProxyReason.Malformed, "There are bytes behind the head of CONNECT before it was answered.", goOn: false);

    /// <inheritdoc/>
    protected override ValueTask<bool> RefuseAsync(int status, string reasonCode, string message) => RefuseAsync(status, reasonCode, message, keepAlive);

    /// <summary>Answers that there will be no tunnel.</summary>
    /// <returns>Always that the next step does not follow.</returns>
    private async ValueTask<bool> RefuseAsync(int status, string reasonCode, string message, bool goOn)
    {
        await WriteRefusalAsync(status, reasonCode, message, goOn).ConfigureAwait(false);
        if (!goOn)
        {
            await Client.LingerAsync().ConfigureAwait(false);
        }

        _goesOn = goOn;
        return false;
    }
}
