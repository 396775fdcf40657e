using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Secrets;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>
/// The node's side, for a host to embed: pairs, keeps its identity in a secret store, connects and reconnects, executes capabilities, replaces its
/// certificate when that is due, and as a worker attests, works under leases and stops when they end by its own monotonic clock.
/// </summary>
public sealed class PalyraNodeClient
{
    private readonly PalyraNodeClientOptions _options;
    private readonly CapabilityHandlers _handlers;
    private readonly NodeIdentityStore _store;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private int _running;

    /// <summary>A client that is not connected yet.</summary>
    /// <param name="options">How the gateway is found, trusted and served.</param>
    /// <param name="handlers">What this node can execute.</param>
    /// <param name="secrets">Where its private keys and certificate are kept.</param>
    /// <param name="clock">Time; the system's unless given.</param>
    /// <param name="logger">Nothing secret is logged.</param>
    /// <exception cref="ArgumentException">Options do not hold; the message names each.</exception>
    public PalyraNodeClient(
        PalyraNodeClientOptions options, CapabilityHandlers handlers, ISecretStore secrets, TimeProvider? clock = null, ILogger<PalyraNodeClient>? logger = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handlers);
        ArgumentNullException.ThrowIfNull(secrets);
        if (options.Problems() is { Count: > 0 } problems)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        _options = options;
        _handlers = handlers;
        _store = new NodeIdentityStore(secrets);
        _clock = clock ?? TimeProvider.System;
        _logger = logger ?? NullLogger<PalyraNodeClient>.Instance;
    }

    /// <summary>Raised each time the gateway has answered on a new stream. What a subscriber throws is logged.</summary>
    public event EventHandler? Connected;

    /// <summary>This device, once it has an identity.</summary>
    public DeviceId? DeviceId => _store.Load()?.DeviceId;

    /// <summary>Whether this node holds a certificate.</summary>
    public bool IsPaired => _store.Load() is { IsPaired: true };

    /// <summary>The certificate this node holds, with its private key, e.g. to prove itself to the egress proxy; <see langword="null"/> before it is paired. The caller disposes of it.</summary>
    public X509Certificate2? GetCertificate() => _store.Load() is { IsPaired: true } identity ? identity.ClientCertificate() : null;

    /// <summary>Proves the code to the gateway. A person has to approve next; show them the check code.</summary>
    /// <returns>What waits for approval; or <c>node.gateway_untrusted</c>, <c>node.unreachable</c>, <c>node.gateway_refused</c>, <c>node.bad_answer</c>.</returns>
    public Task<Result<NodePairing>> BeginPairingAsync(PairingMethod method, string code, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(code);
        return new PairingFlow(_options, _store, _clock).BeginAsync(method, code.Trim(), cancellationToken);
    }

    /// <summary>Polls until a person has decided, also after a restart, and keeps the certificate.</summary>
    /// <returns>This device; or <c>node.pairing_rejected</c>, <c>node.pairing_expired</c>, <c>node.no_pairing_open</c>, <c>node.bad_answer</c>, <c>node.gateway_refused</c>.</returns>
    public Task<Result<DeviceId>> AwaitApprovalAsync(CancellationToken cancellationToken = default) =>
        new PairingFlow(_options, _store, _clock).AwaitApprovalAsync(cancellationToken);

    /// <summary>Both steps of pairing.</summary>
    /// <param name="method">How the code travelled.</param>
    /// <param name="code">The code.</param>
    /// <param name="onWaiting">Called with the check code to show, before the wait for approval.</param>
    /// <param name="cancellationToken">Ends the wait; <see cref="AwaitApprovalAsync"/> can take it up again.</param>
    public async Task<Result<DeviceId>> PairAsync(PairingMethod method, string code, Action<NodePairing> onWaiting, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(onWaiting);
        if (!(await BeginPairingAsync(method, code, cancellationToken).ConfigureAwait(false)).TryGet(out var pairing, out var refusal))
        {
            return refusal;
        }

        onWaiting(pairing);
        return await AwaitApprovalAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Connects and serves until cancelled. Connections that are lost are made again, with waits that double and are half random. Work that runs when
    /// this is cancelled is stopped and reported.
    /// </summary>
    /// <returns>Accepted when it was cancelled; or <c>node.not_paired</c>, or <c>node.denied</c> when the gateway accepts this node no longer. Whatever else fails is logged and tried again.</returns>
    /// <exception cref="InvalidOperationException">It is running already.</exception>
    public async Task<Result> RunAsync(CancellationToken cancellationToken)
    {
        if (_store.Load() is not { IsPaired: true } identity)
        {
            return new NodeClientRefusal.NotPaired();
        }

        if (Interlocked.Exchange(ref _running, 1) == 1)
        {
            throw new InvalidOperationException("The client is running already.");
        }

        var outbox = new Outbox();
        using var close = new CancellationTokenSource();
        try
        {
            await using var runner = new CapabilityRunner(_handlers, outbox, identity.DeviceId, _options, _clock, _logger);
            runner.RemoveLeftovers();
            // The work stops first and reports over the connection that still stands; then the connection is closed.
            await using var stopping = cancellationToken.Register(() => _ = StopAsync(runner, close));
            return await ServeAsync(runner, outbox, close.Token).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    /// <summary>Forgets this node's identity. The gateway is not told: revoke the device there.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Forget() => _store.Delete();

    private static async Task StopAsync(CapabilityRunner runner, CancellationTokenSource close)
    {
        await runner.StopAsync().ConfigureAwait(false);
        await close.CancelAsync().ConfigureAwait(false);
    }

    private async Task<Result> ServeAsync(CapabilityRunner runner, Outbox outbox, CancellationToken cancellationToken)
    {
        var delay = new ReconnectDelay(_options.ReconnectMin, _options.ReconnectMax);
        // That the gateway answers says nothing of a fault on this side: those wait longer each time, however often the node has connected.
        var faults = new ReconnectDelay(_options.ReconnectMin, _options.ReconnectMax);
        while (!cancellationToken.IsCancellationRequested)
        {
            TimeSpan wait;
            try
            {
                if (_store.Load() is not { IsPaired: true } identity)
                {
                    return new NodeClientRefusal.NotPaired();
                }

                var connection = new NodeConnection(identity, _store, _handlers, runner, outbox, _options, _clock, _logger, () => OnConnected(delay));
                if (await connection.RunAsync(cancellationToken).ConfigureAwait(false))
                {
                    continue;
                }

                wait = delay.Next();
            }
            catch (Exception) when (cancellationToken.IsCancellationRequested)
            {
                break;
            }
            catch (RpcException failure)
            {
                var refusal = GatewayChannel.Explain(failure);
                if (refusal is NodeClientRefusal.Denied)
                {
                    return Result.Refuse(refusal);
                }

                ClientLog.Disconnected(_logger, refusal.Code, refusal.Detail);
                wait = delay.Next();
            }
            catch (Exception failure) // what fails on this machine, an attestor or a full disk, may work again later
            {
                ClientLog.Faulted(_logger, failure);
                wait = faults.Next();
            }

            await Task.Delay(wait, _clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return Result.Ok;
    }

    private void OnConnected(ReconnectDelay delay)
    {
        delay.Reset();
        try
        {
            Connected?.Invoke(this, EventArgs.Empty);
        }
        catch (Exception failure) // a subscriber's fault is not the connection's
        {
            ClientLog.SubscriberFailed(_logger, failure);
        }
    }
}
