using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.ExceptionServices;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>
/// Who the paired devices are. Fingerprint to device, and fingerprint to revoked, take one look-up and no lock; every change is on file before it is
/// answered. Thread-safe.
/// </summary>
public sealed class IdentityRegistry
{
    /// <summary>The largest number of devices known at once, revoked ones included.</summary>
    public const int MaxDevices = 100_000;

    /// <summary>The largest number of certificate requests that wait for a decision.</summary>
    public const int MaxEnrollments = 10_000;

    private readonly IIdentityStateStore _store;
    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<DeviceId, Slot> _devices = new();
    private readonly ConcurrentDictionary<CertificateFingerprint, Slot> _fingerprints = new();
    private readonly ConcurrentDictionary<PairingSessionId, Enrollment> _enrollments = new();
    private ImmutableArray<IRevocationObserver> _observers = [];
    private bool _isAheadOfTheStore;

    /// <summary>The registry over the state as last saved.</summary>
    /// <exception cref="Secrets.SecretStoreException">There is a state and it cannot be opened: without it revoked devices would be let in.</exception>
    public IdentityRegistry(IIdentityStateStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        _store = store;
        var state = store.Load();
        foreach (var identity in state.Devices)
        {
            Apply_NeedsLock(identity);
        }

        foreach (var enrollment in state.Enrollments)
        {
            _enrollments[enrollment.SessionId] = enrollment;
        }
    }

    /// <summary>Every device known, in no particular order.</summary>
    public IReadOnlyCollection<DeviceIdentity> Devices => [.. _devices.Values.Select(slot => slot.Identity)];

    /// <summary>Which device speaks with this certificate now: the question of the certificate gate, asked for every message.</summary>
    /// <returns>The device; or <c>identity.unknown_certificate</c>, <c>identity.certificate_revoked</c>, <c>identity.certificate_expired</c>, <c>identity.pairing_over</c>, <c>identity.device_revoked</c>.</returns>
    public Result<DeviceId> Authenticate(CertificateFingerprint fingerprint, UnixTime now) => _fingerprints.TryGetValue(fingerprint, out var slot)
        ? IdentityDecider.Judge(slot.Identity, fingerprint, now)
        : new IdentityRefusal.UnknownCertificate(fingerprint);

    /// <summary>What is known of a device.</summary>
    public bool TryGetIdentity(DeviceId device, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out DeviceIdentity? identity)
    {
        identity = _devices.TryGetValue(device, out var slot) ? slot.Identity : null;
        return identity is not null;
    }

    /// <summary>Whether a device is revoked.</summary>
    public bool IsRevoked(DeviceId device) => TryGetIdentity(device, out var identity) && identity.Revocation is not null;

    /// <summary>Pairs a device with a new certificate, for good or until its approval ends. Its earlier certificates are revoked.</summary>
    public Result<DeviceIdentity> Pair(DeviceId device, IssuedCertificate certificate, UnixTime now, UnixTime? until = null)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Change(device, certificate, (identity, at) => IdentityDecider.Pair(identity, certificate, at, until), now);
    }

    /// <summary>Replaces a device's certificate in two phases; see <see cref="IdentityDecider.Rotate"/>.</summary>
    public Result<DeviceIdentity> Rotate(DeviceId device, CertificateFingerprint presented, IssuedCertificate next, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(next);
        return !_devices.ContainsKey(device)
            ? new IdentityRefusal.UnknownDevice(device)
            : Change(device, next, (identity, at) => IdentityDecider.Rotate(identity, presented, next, at), now);
    }

    /// <summary>Notes that a certificate was used. Takes the lock, and writes, only on the first use after a rotation.</summary>
    public void MarkUsed(CertificateFingerprint fingerprint, UnixTime now)
    {
        if (_fingerprints.TryGetValue(fingerprint, out var slot) && !ReferenceEquals(IdentityDecider.Use(slot.Identity, fingerprint), slot.Identity))
        {
            _ = Change(slot.Identity.DeviceId, null, (identity, _) => IdentityDecider.Use(identity, fingerprint), now);
        }
    }

    /// <summary>
    /// Revokes a device, known or not, and every certificate it ever had, at once. Observers are told. When the store fails, the revocation holds all the same
    /// until this process ends, and the failure is thrown: a full disk must keep nobody in. Revoking again, like any later change, saves it.
    /// </summary>
    public Result<DeviceIdentity> Revoke(DeviceId device, string? reason, UnixTime now) =>
        Change(device, null, (identity, at) => IdentityDecider.Revoke(identity, reason, at), now, holdsUnsaved: true);

    /// <summary>Lets a revoked device pair again; see <see cref="IdentityDecider.ClearRevocation"/>.</summary>
    public Result<DeviceIdentity> ClearRevocation(DeviceId device, UnixTime now) => !_devices.ContainsKey(device)
        ? new IdentityRefusal.UnknownDevice(device)
        : Change(device, null, (identity, _) => IdentityDecider.ClearRevocation(identity), now);

    /// <summary>Keeps a certificate request until a person has decided. Adding the same session again replaces it.</summary>
    public Result AddEnrollment(Enrollment enrollment, UnixTime now)
    {
        ArgumentNullException.ThrowIfNull(enrollment);
        if (enrollment.SessionId.IsEmpty || enrollment.DeviceId.IsEmpty || enrollment.CertificateRequest.IsEmpty)
        {
            return new IdentityRefusal.InvalidArgument("enrollment");
        }

        lock (_lock)
        {
            var kept = _enrollments.Values.Where(waiting => waiting.ExpiresAt > now && waiting.SessionId != enrollment.SessionId).ToList();
            if (kept.Count >= MaxEnrollments)
            {
                return new IdentityRefusal.RegistryFull();
            }

            kept.Add(enrollment);
            Save_NeedsLock(new IdentityState(Devices, kept));
            Keep_NeedsLock(kept);
            return Result.Ok;
        }
    }

    /// <summary>The certificate request of a pairing, while it waits.</summary>
    public bool TryGetEnrollment(PairingSessionId session, UnixTime now, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Enrollment? enrollment) =>
        _enrollments.TryGetValue(session, out enrollment) && enrollment.ExpiresAt > now;

    /// <summary>Forgets a certificate request that has been answered.</summary>
    public void RemoveEnrollment(PairingSessionId session)
    {
        lock (_lock)
        {
            if (_enrollments.ContainsKey(session))
            {
                var kept = _enrollments.Values.Where(waiting => waiting.SessionId != session).ToList();
                Save_NeedsLock(new IdentityState(Devices, kept));
                Keep_NeedsLock(kept);
            }
        }
    }

    /// <summary>Tells an observer of every revocation from now on, until the answer is disposed of.</summary>
    public IDisposable Subscribe(IRevocationObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        lock (_lock)
        {
            _observers = _observers.Add(observer);
        }

        return new Subscription(this, observer);
    }

    private Result<DeviceIdentity> Change(
        DeviceId device, IssuedCertificate? added, Func<DeviceIdentity, UnixTime, Result<DeviceIdentity>> decide, UnixTime now, bool holdsUnsaved = false)
    {
        if (device.IsEmpty)
        {
            return new IdentityRefusal.InvalidArgument("device id");
        }

        if (added is { Fingerprint.IsEmpty: true })
        {
            return new IdentityRefusal.InvalidArgument("certificate");
        }

        DeviceIdentity before, after;
        ExceptionDispatchInfo? unsaved = null;
        lock (_lock)
        {
            if (added is not null && _fingerprints.ContainsKey(added.Fingerprint))
            {
                return new IdentityRefusal.CertificateInUse(added.Fingerprint);
            }

            var known = _devices.TryGetValue(device, out var slot);
            if (!known && _devices.Count >= MaxDevices)
            {
                return new IdentityRefusal.RegistryFull();
            }

            before = known ? slot!.Identity : DeviceIdentity.Unknown(device);
            var decided = decide(before, now);
            if (!decided.TryGet(out after!, out _) || (ReferenceEquals(after, before) && !_isAheadOfTheStore))
            {
                return decided;
            }

            try
            {
                Save_NeedsLock(new IdentityState([.. Devices.Where(other => other.DeviceId != device), after], [.. _enrollments.Values]));
            }
            catch (Exception failure) when (holdsUnsaved)
            {
                _isAheadOfTheStore = true;
                unsaved = ExceptionDispatchInfo.Capture(failure);
            }

            Apply_NeedsLock(after);
        }

        Tell(before, after);
        unsaved?.Throw();
        return after;
    }

    private void Save_NeedsLock(IdentityState state)
    {
        _store.Save(state);
        _isAheadOfTheStore = false;
    }

    private void Apply_NeedsLock(DeviceIdentity identity)
    {
        IssuedCertificate[] forgotten = [];
        if (_devices.TryGetValue(identity.DeviceId, out var slot))
        {
            forgotten = [.. slot.Identity.Certificates.Except(identity.Certificates)];
            // INVARIANT: one volatile write changes what every fingerprint of the device is judged by, so no reader sees half a revocation.
            slot.Identity = identity;
        }
        else
        {
            _devices[identity.DeviceId] = slot = new Slot(identity);
        }

        foreach (var certificate in identity.Certificates)
        {
            _fingerprints.TryAdd(certificate.Fingerprint, slot);
        }

        foreach (var certificate in forgotten)
        {
            _fingerprints.TryRemove(certificate.Fingerprint, out _);
        }
    }

    private void Keep_NeedsLock(List<Enrollment> enrollments)
    {
        var kept = enrollments.ToDictionary(enrollment => enrollment.SessionId);
        foreach (var session in _enrollments.Keys)
        {
            if (!kept.ContainsKey(session))
            {
                _enrollments.TryRemove(session, out _);
            }
        }

        foreach (var enrollment in enrollments)
        {
            _enrollments[enrollment.SessionId] = enrollment;
        }
    }

    private void Tell(DeviceIdentity before, DeviceIdentity after)
    {
        var failures = new List<Exception>();
        foreach (var observer in _observers)
        {
            try
            {
                Tell(observer, before, after);
            }
            catch (Exception failure) // every observer must hear of a revocation, whatever another one does
            {
                failures.Add(failure);
            }
        }

        if (failures.Count > 0)
        {
            throw new AggregateException("The change stands, but not everyone could be told of it.", failures);
        }
    }

    private static void Tell(IRevocationObserver observer, DeviceIdentity before, DeviceIdentity after)
    {
        if (after.Revocation is { } revocation && before.Revocation is null)
        {
            observer.OnDeviceRevoked(after.DeviceId, revocation);
            return;
        }

        IssuedCertificate?[] spoke = [before.Current, before.Retiring?.Certificate];
        var ended = spoke.OfType<IssuedCertificate>()
            .Where(certificate => certificate != after.Current && certificate != after.Retiring?.Certificate)
            .Select(certificate => certificate.Fingerprint).ToArray();
        if (ended.Length > 0)
        {
            observer.OnCertificatesRevoked(after.DeviceId, ended);
        }
    }

    private sealed class Slot(DeviceIdentity identity)
    {
        private volatile DeviceIdentity _identity = identity;

        internal DeviceIdentity Identity
        {
            get => _identity;
            set => _identity = value;
        }
    }

    private sealed class Subscription(IdentityRegistry registry, IRevocationObserver observer) : IDisposable
    {
        public void Dispose()
        {
            lock (registry._lock)
            {
                registry._observers = registry._observers.Remove(observer);
            }
        }
    }
}
