using System.Net.Sockets;
using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Domain.Audit;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Reads one request after another from a connection, finds out who asks, and hands each to what carries it out.</summary>
internal sealed class RequestLoop(ProxyCore core, ClientConnection client)
{
    private readonly RequestHead _request = new();
    private TunnelExchange? _tunnel;

    /// <summary>Serves the connection to its end. Never throws: whatever goes wrong ends this connection and no other.</summary>
    internal async Task RunAsync()
    {
        try
        {
            // The handshake is a worker's proof, whether it sends a request or not.
            if (core.Callers.WorkerOf(client, UnixTime.Now(core.Clock)) is { } worker)
            {
                client.Place.MoveTo(worker);
            }

            while (await NextAsync().ConfigureAwait(false))
            {
                // A tunnel is long: it runs here, where nothing of the request that asked for it is held any more.
                if (_tunnel is { } tunnel)
                {
                    _tunnel = null;
                    if (!await tunnel.RunAsync().ConfigureAwait(false))
                    {
                        return;
                    }
                }
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer went away, or the connection was cut on purpose.
        }
        catch (Exception unforeseen)
        {
            ProxyLog.Unforeseen(core.Log, unforeseen);
            client.Abort(ProxyReason.Internal);
        }
        finally
        {
            client.Dispose();
        }
    }

    private async ValueTask<bool> NextAsync()
    {
        // A stranger has as long for each of its heads as a head may take, the wait for its first byte included.
        var isStranger = client.Place.IsStranger;
        client.EnterIdle(isStranger ? core.Options.HeadTimeout : core.Options.IdleTimeout);
        if (core.IsDraining || (client.Input.Count == 0 && await client.Input.ReadAsync().ConfigureAwait(false) == 0))
        {
            return false;
        }

        if (!isStranger)
        {
            client.EnterPhase(null, core.Options.HeadTimeout);
        }

        var scanner = new HeadScanner();
        HeadScan scan;
        while ((scan = scanner.Advance(client.Input.Bytes)) == HeadScan.NeedMore)
        {
            if (await client.Input.ReadAsync().ConfigureAwait(false) == 0)
            {
                return false;
            }
        }

        client.EnterBusy(core.Options.IdleTimeout, core.Options.RequestTimeout);
        if (scan == HeadScan.Malformed)
        {
            return await RefuseHeadAsync(scanner.TooLarge
                ? new ProxyAnswer(431, ProxyReason.HeadTooLarge, "The head is larger than 32 KiB.")
                : new ProxyAnswer(400, ProxyReason.Malformed, "The head holds a bare CR or LF or another control character.")).ConfigureAwait(false);
        }

        var error = Check(scanner.Length, out var plan);
        if (error is not null)
        {
            return await RefuseHeadAsync(new ProxyAnswer(400, ProxyReason.Malformed, $"Malformed request: {error}.")).ConfigureAwait(false);
        }

        if (plan.Target.Form == TargetForm.Asterisk)
        {
            return await AnswerForItselfAsync(scanner.Length, plan.KeepAlive).ConfigureAwait(false);
        }

        if (core.IsDraining || !await core.IsAuditedAsync().ConfigureAwait(false))
        {
            return await RefuseHeadAsync(core.IsDraining
                ? new ProxyAnswer(503, ProxyReason.Draining, "The proxy is stopping.")
                : new ProxyAnswer(503, ProxyReason.AuditUnavailable, "What cannot be audited is not done.")).ConfigureAwait(false);
        }

        var session = core.Callers.Identify(client, _request, client.Input.Bytes[..scanner.Length]);
        if (session is null)
        {
            return await RefuseStrangerAsync(scanner.Length, plan).ConfigureAwait(false);
        }

        if (!client.Place.MoveTo(session.WorkerId))
        {
            return await RefuseCrowdAsync(session, scanner.Length).ConfigureAwait(false);
        }

        client.Follow(session);
        if (plan.Target.Form == TargetForm.Authority)
        {
            _tunnel = new TunnelExchange(core, client, session, TextOfTarget(scanner.Length), scanner.Length, plan.KeepAlive);
            _request.Fields.Release();
            return true;
        }

        return await new Exchange(core, client, session, _request, plan, scanner.Length).RunAsync().ConfigureAwait(false);
    }

    private string? Check(int length, out RequestPlan plan)
    {
        var head = client.Input.Bytes[..length];
        plan = default;
        var error = _request.Parse(head);
        if (error is not null)
        {
            return error;
        }

        plan = RequestRules.Check(_request, head);
        return plan.Error;
    }

    private string TextOfTarget(int length) => Encoding.ASCII.GetString(_request.Target(client.Input.Bytes[..length]));

    /// <summary><c>OPTIONS *</c> asks the proxy itself: does it know me?</summary>
    private async ValueTask<bool> AnswerForItselfAsync(int headLength, bool keepAlive)
    {
        var known = core.Callers.WorkerOf(client, UnixTime.Now(core.Clock)) is not null;
        client.Input.Consume(headLength);
        if (known)
        {
            client.Output.Append("HTTP/1.1 204 No Content\r\n\r\n"u8);
        }
        else
        {
            new ProxyAnswer(407, ProxyReason.NoSession, "The proxy knows no device by this connection.").Write(client.Output, keepAlive);
        }

        await client.Output.FlushAsync().ConfigureAwait(false);
        return keepAlive;
    }

    private async ValueTask<bool> RefuseStrangerAsync(int headLength, RequestPlan plan)
    {
        var method = HttpMethodText.Of(_request.Method(client.Input.Bytes[..headLength]));
        var keepAlive = plan.KeepAlive && plan.Framing.Kind == BodyKind.None;
        await core.AuditStrangerAsync(method).ConfigureAwait(false);
        ProxyLog.Refused(core.Log, ProxyReason.NoSession);
        client.Input.Consume(headLength);
        new ProxyAnswer(407, ProxyReason.NoSession, "No live lease stands behind this caller.").Write(client.Output, keepAlive, withBody: method != "HEAD");
        await client.Output.FlushAsync().ConfigureAwait(false);
        if (!keepAlive)
        {
            await client.LingerAsync().ConfigureAwait(false);
        }

        return keepAlive;
    }

    private async ValueTask<bool> RefuseCrowdAsync(EgressSession session, int headLength)
    {
        var method = HttpMethodText.Of(_request.Method(client.Input.Bytes[..headLength]));
        await core.AuditAsync(session, method, default, new EgressTraffic(0, 0, 0) { FailureCode = ProxyReason.WorkerLimit }).ConfigureAwait(false);
        return await RefuseHeadAsync(new ProxyAnswer(429, ProxyReason.WorkerLimit, "This worker has as many connections open as it may.")).ConfigureAwait(false);
    }

    /// <summary>Refuses a head that is still in the input, well-formed or not.</summary>
    private async ValueTask<bool> RefuseHeadAsync(ProxyAnswer answer)
    {
        if (answer.Status is 400 or 431)
        {
            ProxyMetrics.RefusedHead("worker");
        }

        ProxyLog.Refused(core.Log, answer.ReasonCode);
        answer.Write(client.Output, keepAlive: false, withBody: !client.Input.Bytes.StartsWith("HEAD "u8));
        await client.Output.FlushAsync().ConfigureAwait(false);
        await client.LingerAsync().ConfigureAwait(false);
        return false;
    }
}
