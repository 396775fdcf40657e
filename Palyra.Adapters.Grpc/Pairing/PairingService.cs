using System.Net;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Domain.Audit;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Pairing;

/// <summary>
/// Lets a device in: from its code, over the handshake and a person's approval, to its certificate; then replaces that certificate and revokes the device.
/// It knows no wire message. Thread-safe.
/// </summary>
public sealed class PairingService : IDisposable
{
    // A pairing request lives at most as long as its code, and that at most a day.
    private static readonly TimeSpan EnrollmentLife = PairingCodeDecider.MaxTtl;

    private readonly PairingSessions _sessions;
    private readonly NodeRuntime _runtime;
    private readonly IdentityRegistry _registry;
    private readonly GatewayCertificates _certificates;
    private readonly TimeProvider _clock;
    private readonly PairingAudit _audit;
    private readonly CertificateMetrics _metrics;
    private readonly IDisposable _auditedRevocations;

    // One session's steps run one after the other; sessions share locks, so that their number is bounded whoever asks.
    private readonly SemaphoreSlim[] _stripes = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>The service over the parts that keep its state. What it decides about devices goes to the audit sink, if there is one.</summary>
    public PairingService(
        NodeRuntime runtime, IdentityRegistry registry, GatewayCertificates certificates, IEntropy entropy, TimeProvider clock, IAuditSink? audit = null)
    {
        ArgumentNullException.ThrowIfNull(runtime);
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(certificates);
        ArgumentNullException.ThrowIfNull(clock);
        _sessions = new PairingSessions(P256PairingSuite.Instance, entropy);
        _runtime = runtime;
        _registry = registry;
        _certificates = certificates;
        _clock = clock;
        _audit = new PairingAudit(audit, clock);
        _metrics = new CertificateMetrics(registry, certificates, clock);
        _auditedRevocations = registry.Subscribe(_audit);
    }

    private UnixTime Now => UnixTime.Now(_clock);

    /// <summary>Begins a handshake on an active code.</summary>
    /// <param name="version">The protocol's.</param>
    /// <param name="clientKind">What the client says it is.</param>
    /// <param name="method">How the code travelled.</param>
    /// <param name="code">The code.</param>
    /// <param name="from">The client's address, by which starts are limited.</param>
    /// <param name="freshness">Asked within the rates and before the code is looked at, so that what it remembers of strangers is limited with them; its refusal is the answer.</param>
    /// <returns>
    /// The challenge; or <c>pairing.unsupported_version</c>, <c>pairing.invalid_client_kind</c>, <c>pairing.rate_limited</c>, <c>pairing.too_many_sessions</c>,
    /// <c>InvalidPairingCode</c>, <c>TooManyPairingSessions</c>, or what <paramref name="freshness"/> refuses with.
    /// </returns>
    public async ValueTask<Result<PairingChallenge>> BeginAsync(uint version, string? clientKind, PairingMethod method, string? code, IPAddress? from, Func<Result>? freshness = null)
    {
        var now = Now;
        foreach (var expired in _sessions.RemoveExpired(now))
        {
            _runtime.CloseSession(expired);
        }

        if (!_sessions.Admit(version, clientKind, from, now).TryGet(out var kind, out var refusal))
        {
            return refusal;
        }

        if (freshness?.Invoke() is { Refusal: { } replayed })
        {
            return replayed;
        }

        var id = _sessions.NewId(now);
        if (!(await _runtime.OpenSession(id, method, code).ConfigureAwait(false)).TryGet(out var active, out refusal))
        {
            return refusal;
        }

        if (!_sessions.Open(id, kind, active, now).TryGet(out var session, out refusal))
        {
            _runtime.CloseSession(id);
            return refusal;
        }

        return new PairingChallenge(id, kind, session.Agreement.Public, session.Challenge, session.ExpiresAt);
    }

    /// <summary>Completes a handshake: what holds becomes a request that waits for a person, on file before this answers. The very same message gets the same answer.</summary>
    /// <returns>The request; or the first check that failed, see <see cref="PairingSessionDecider"/>.</returns>
    public async ValueTask<Result<PairingRequestRecord>> CompleteAsync(PairingCompletion completion)
    {
        ArgumentNullException.ThrowIfNull(completion);
        var stripe = Stripe(completion.SessionId);
        await stripe.WaitAsync().ConfigureAwait(false);
        try
        {
            var handshake = _sessions.CheckBeforeCode(completion, Now) ?? await ProveAsync(completion).ConfigureAwait(false);
            if (handshake.TryGet(out var completed, out var refusal))
            {
                return await RequestAsync(completed).ConfigureAwait(false);
            }

            await _audit.RefusedAsync(completion, refusal).ConfigureAwait(false);
            return refusal;
        }
        finally
        {
            stripe.Release();
        }
    }

    /// <summary>Where a pairing stands. The first poll after the approval issues the certificate, once; later ones give the same.</summary>
    /// <returns>The status; or <c>UnknownPairingRequest</c>, also for another device's request.</returns>
    public async ValueTask<Result<PairingRequestRecord>> StatusAsync(PairingSessionId session, DeviceId device)
    {
        if (!_runtime.TryFindPairing(session, out var request) || request.DeviceId != device)
        {
            return new PairingRefusal.UnknownPairingRequest(session);
        }

        if (request.State != PairingRequestState.Approved)
        {
            return request;
        }

        var stripe = Stripe(session);
        await stripe.WaitAsync().ConfigureAwait(false);
        try
        {
            return await IssueAsync(session).ConfigureAwait(false);
        }
        finally
        {
            stripe.Release();
        }
    }

    /// <summary>Replaces the certificate of a device that presented one which speaks for it.</summary>
    /// <returns>The new one; or why the request, the certificate presented or the rate was refused.</returns>
    public async ValueTask<Result<DeviceCertificate>> RotateAsync(DeviceId device, CertificateFingerprint presented, ReadOnlyMemory<byte> certificateRequest)
    {
        var outcome = Rotate(device, presented, certificateRequest.Span);
        await _audit.RotatedAsync(device, presented, outcome).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Revokes a device; see <see cref="IdentityRegistry.Revoke"/>.</summary>
    public Result<DeviceIdentity> Revoke(DeviceId device, string? reason) => _registry.Revoke(device, reason, Now);

    /// <summary>Ends every open handshake.</summary>
    public void Dispose()
    {
        _auditedRevocations.Dispose();
        _metrics.Dispose();
        _sessions.Dispose();
        foreach (var stripe in _stripes)
        {
            stripe.Dispose();
        }
    }

    private Result<DeviceCertificate> Rotate(DeviceId device, CertificateFingerprint presented, ReadOnlySpan<byte> certificateRequest)
    {
        var now = Now;
        if (!_registry.Authenticate(presented, now).TryGet(out var speaker, out var refusal))
        {
            return refusal;
        }

        if (speaker != device)
        {
            return new IdentityRefusal.DeviceMismatch(device);
        }

        if (!_certificates.IssueDevice(certificateRequest, device, now).TryGet(out var certificate, out refusal)
            || !_registry.Rotate(device, presented, certificate.Issued, now).TryGet(out _, out refusal))
        {
            return refusal;
        }

        return certificate;
    }

    private async ValueTask<Result<CompletedHandshake>> ProveAsync(PairingCompletion completion)
    {
        var proven = await _runtime.ProveCode(completion.SessionId, completion.Code).ConfigureAwait(false);
        var handshake = _sessions.Complete(completion, proven.IsOk, _registry.IsRevoked, Now);
        if (!handshake.IsOk && PairingSessionDecider.EndsSession(handshake.Refusal))
        {
            _runtime.CloseSession(completion.SessionId);
        }

        return handshake;
    }

    private async ValueTask<Result<PairingRequestRecord>> RequestAsync(CompletedHandshake completed)
    {
        if (_runtime.TryFindPairing(completed.Session, out var known))
        {
            return known;
        }

        var now = Now;
        var enrollment = new Enrollment(completed.Session, completed.Pairing.DeviceId, completed.CertificateRequest, now.Add(EnrollmentLife));
        if (_registry.AddEnrollment(enrollment, now).Refusal is { } full)
        {
            return full;
        }

        var added = await _runtime.AddVerifiedPairing(completed.Session, completed.Pairing).ConfigureAwait(false);
        if (added.TryGet(out var request, out _))
        {
            await _audit.RequestedAsync(request).ConfigureAwait(false);
            return request;
        }

        // The code was used up by another session, or withdrawn, between its check and now.
        _registry.RemoveEnrollment(completed.Session);
        _sessions.End(completed.Session);
        return new HandshakeRefusal.WrongCode(completed.Session);
    }

    private async ValueTask<Result<PairingRequestRecord>> IssueAsync(PairingSessionId session)
    {
        if (!_runtime.TryFindPairing(session, out var request))
        {
            return new PairingRefusal.UnknownPairingRequest(session);
        }

        if (request.State != PairingRequestState.Approved)
        {
            return request;
        }

        var now = Now;
        if (!_registry.TryGetEnrollment(session, now, out var enrollment) || enrollment.DeviceId != request.DeviceId)
        {
            return new HandshakeRefusal.EnrollmentLost(session);
        }

        var until = request.ScopeEndsAt;
        if (until <= now)
        {
            return new IdentityRefusal.PairingOver(request.DeviceId);
        }

        // A crash between these two leaves a certificate nobody received; the next poll issues another and revokes it.
        if (!_certificates.IssueDevice(enrollment.CertificateRequest.Span, request.DeviceId, now).TryGet(out var certificate, out var refusal))
        {
            return refusal;
        }

        // Before it takes effect: a certificate that cannot be audited is not given out.
        await _audit.IssuedAsync(request, certificate).ConfigureAwait(false);
        if (!_registry.Pair(request.DeviceId, certificate.Issued, now, until).TryGet(out _, out refusal))
        {
            return refusal;
        }

        var verified = request.VerifiedPairing;
        var material = new PairingMaterial(
            verified.IdentityFingerprint, verified.TranscriptHashHex, certificate.Pem, _certificates.CaCertificatePem, certificate.ExpiresAt);
        if (!(await _runtime.Complete(session, material).ConfigureAwait(false)).TryGet(out var completed, out refusal))
        {
            return refusal;
        }

        _registry.RemoveEnrollment(session);
        return completed;
    }

    private SemaphoreSlim Stripe(PairingSessionId session) => _stripes[(uint)session.GetHashCode() % _stripes.Length];
}
