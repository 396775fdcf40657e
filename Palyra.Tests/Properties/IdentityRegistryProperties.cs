using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Properties;

public class IdentityRegistryProperties
{
    private const int Devices = 3;

    public enum Act
    {
        Pair,
        Rotate,
        Use,
        Revoke,
        Clear,
        Wait,
        Reopen,
    }

    [Property(MaxTest = 300)]
    public void No_history_lets_a_certificate_speak_that_the_naive_registry_shuts_out(NonNull<(Act Act, byte Device, byte Certificate, ushort Seconds)[]> history)
    {
        var store = new MemoryIdentityStore();
        var registry = new IdentityRegistry(store);
        var naive = new NaiveRegistry();
        var (now, next) = (Identities.Start, 0);
        foreach (var (act, who, which, seconds) in history.Get)
        {
            now = now.AddMilliseconds((long)seconds * 100);
            var device = Identities.Device(who % Devices);
            var presented = naive.Issued.Count == 0 ? default : naive.Issued[which % naive.Issued.Count];
            switch (act)
            {
                case Act.Pair:
                    var paired = Identities.Certificate(next++, now);
                    Assert.Equal(naive.Pair(device, paired), registry.Pair(device, paired, now).IsOk);
                    break;
                case Act.Rotate:
                    var rotated = Identities.Certificate(next++, now);
                    Assert.Equal(naive.Rotate(device, presented, rotated, now), registry.Rotate(device, presented, rotated, now).IsOk);
                    break;
                case Act.Use when naive.Speaks(presented, now) is not null:
                    naive.Use(presented);
                    registry.MarkUsed(presented, now);
                    break;
                case Act.Revoke:
                    naive.Revoke(device);
                    Assert.True(registry.Revoke(device, "reason", now).IsOk);
                    break;
                case Act.Clear:
                    naive.Clear(device);
                    registry.ClearRevocation(device, now);
                    break;
                case Act.Reopen:
                    registry = new IdentityRegistry(store);
                    break;
                default:
                    break;
            }

            foreach (var fingerprint in naive.Issued)
            {
                var verdict = registry.Authenticate(fingerprint, now);
                Assert.Equal(naive.Speaks(fingerprint, now), verdict.IsOk ? verdict.Value : null);
            }
        }
    }

    /// <summary>Lists and scans: for each certificate its device and until when it speaks.</summary>
    private sealed class NaiveRegistry
    {
        private readonly Dictionary<CertificateFingerprint, (DeviceId Device, UnixTime Until)> _certificates = [];
        private readonly Dictionary<DeviceId, CertificateFingerprint> _newest = [];
        private readonly Dictionary<DeviceId, List<UnixTime>> _issuedAt = [];
        private readonly HashSet<DeviceId> _revoked = [];

        public List<CertificateFingerprint> Issued { get; } = [];

        public DeviceId? Speaks(CertificateFingerprint fingerprint, UnixTime now) =>
            _certificates.TryGetValue(fingerprint, out var known) && !_revoked.Contains(known.Device) && now < known.Until ? known.Device : null;

        public bool Pair(DeviceId device, IssuedCertificate certificate)
        {
            if (_revoked.Contains(device))
            {
                return false;
            }

            Silence(device, except: default);
            Add(device, certificate);
            return true;
        }

        public bool Rotate(DeviceId device, CertificateFingerprint presented, IssuedCertificate next, UnixTime now)
        {
            if (Speaks(presented, now) != device || _issuedAt[device].Count(at => at > now.Add(TimeSpan.FromHours(-1))) >= IdentityDecider.MaxCertificatesPerHour)
            {
                return false;
            }

            // The one that is newest begins to retire; one that retires already keeps its end.
            var isNewest = _newest[device] == presented;
            Silence(device, except: presented);
            if (isNewest)
            {
                _certificates[presented] = (device, UnixTime.Min(_certificates[presented].Until, now.Add(TimeSpan.FromMinutes(10))));
            }

            Add(device, next);
            return true;
        }

        public void Use(CertificateFingerprint fingerprint)
        {
            var device = _certificates[fingerprint].Device;
            if (_newest[device] == fingerprint)
            {
                Silence(device, except: fingerprint);
            }
        }

        public void Revoke(DeviceId device)
        {
            Silence(device, except: default);
            _revoked.Add(device);
        }

        public void Clear(DeviceId device) => _revoked.Remove(device);

        private void Add(DeviceId device, IssuedCertificate certificate)
        {
            Issued.Add(certificate.Fingerprint);
            _certificates[certificate.Fingerprint] = (device, certificate.ExpiresAt);
            _newest[device] = certificate.Fingerprint;
            (_issuedAt.TryGetValue(device, out var issued) ? issued : _issuedAt[device] = []).Add(certificate.IssuedAt);
        }

        private void Silence(DeviceId device, CertificateFingerprint except)
        {
            foreach (var fingerprint in Issued.Where(fingerprint => _certificates[fingerprint].Device == device && fingerprint != except))
            {
                _certificates[fingerprint] = (device, UnixTime.MinValue);
            }
        }
    }
}
