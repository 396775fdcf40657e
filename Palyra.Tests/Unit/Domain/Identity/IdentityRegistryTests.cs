using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Identities;

namespace Palyra.Tests.Unit.Domain.Identity;

public class IdentityRegistryTests
{
    private readonly MemoryIdentityStore _store = new();
    private readonly IdentityRegistry _registry;

    public IdentityRegistryTests() => _registry = new IdentityRegistry(_store);

    [Fact]
    public void Authenticate_NeverIssued_IsUnknown() => Assert.Equal("identity.unknown_certificate", Verdict(1));

    [Fact]
    public void Authenticate_DefaultFingerprint_IsUnknown() =>
        Assert.Equal("identity.unknown_certificate", _registry.Authenticate(default, Start).Refusal!.Code);

    [Fact]
    public void Pair_FirstTime_LetsTheCertificateIn()
    {
        Assert.True(_registry.Pair(DeviceA, Certificate(1), Start).IsOk);
        Assert.Equal("ok", Verdict(1));
        Assert.True(_registry.TryGetIdentity(DeviceA, out var identity) && identity.IsPaired && identity.PairedAt == Start);
    }

    [Fact]
    public void Authenticate_PastItsValidity_IsExpired()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        Assert.Equal("ok", Verdict(1, 24 * 60 - 0.001));
        Assert.Equal("identity.certificate_expired", Verdict(1, 24 * 60));
    }

    [Fact]
    public void Pair_Again_RevokesTheEarlierCertificateAtOnce()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        _registry.Pair(DeviceA, Certificate(2), Start);
        Assert.Equal("identity.certificate_revoked", Verdict(1));
        Assert.Equal("ok", Verdict(2));
    }

    [Fact]
    public void Pair_CertificateOfAnotherDevice_IsRefused()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        Assert.Equal("identity.certificate_in_use", _registry.Pair(DeviceB, Certificate(1), Start).Refusal!.Code);
        Assert.False(_registry.TryGetIdentity(DeviceB, out _));
    }

    [Fact]
    public void Pair_NoDeviceOrNoCertificate_IsRefused()
    {
        Assert.Equal("identity.invalid_argument", _registry.Pair(default, Certificate(1), Start).Refusal!.Code);
        Assert.Equal("identity.invalid_argument", _registry.Pair(DeviceA, new IssuedCertificate(default, Start, Start), Start).Refusal!.Code);
        Assert.Equal(0, _store.Saves);
    }

    [Fact]
    public void Rotate_UntilTheNewOneIsUsed_BothCount()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        Assert.True(Rotate(1, 2, 5).IsOk);
        Assert.Equal("ok", Verdict(1, 6));
        Assert.Equal("ok", Verdict(2, 6));
    }

    [Fact]
    public void MarkUsed_TheNewOne_RevokesTheOldOne()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        Rotate(1, 2, 5);
        _registry.MarkUsed(Certificate(1).Fingerprint, Minutes(6));
        Assert.Equal("ok", Verdict(1, 6));
        _registry.MarkUsed(Certificate(2).Fingerprint, Minutes(6));
        Assert.Equal("identity.certificate_revoked", Verdict(1, 6));
        Assert.Equal("ok", Verdict(2, 6));
    }

    [Fact]
    public void MarkUsed_NothingRetiring_WritesNothing()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        var saves = _store.Saves;
        _registry.MarkUsed(Certificate(1).Fingerprint, Minutes(1));
        _registry.MarkUsed(Certificate(9).Fingerprint, Minutes(1));
        Assert.Equal(saves, _store.Saves);
    }

    [Fact]
    public void Rotate_TenMinutesLater_TheOldOneIsRevokedUnused()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        Rotate(1, 2, 5);
        Assert.Equal("ok", Verdict(1, 14.999));
        Assert.Equal("identity.certificate_revoked", Verdict(1, 15));
    }

    [Fact]
    public void Rotate_AnswerLostAndAskedAgain_DoesNotLengthenTheOverlap()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        Rotate(1, 2, 0);
        Assert.True(Rotate(1, 3, 9).IsOk);
        Assert.Equal("identity.certificate_revoked", Verdict(2, 9));
        Assert.Equal("ok", Verdict(1, 9.9));
        Assert.Equal("ok", Verdict(3, 9.9));
        Assert.Equal("identity.certificate_revoked", Verdict(1, 10));
        Assert.Equal("identity.certificate_revoked", Rotate(1, 4, 10).Refusal!.Code);
    }

    [Fact]
    public void Rotate_WithARevokedOrForeignOrUnknownCertificate_IsRefused()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        _registry.Pair(DeviceA, Certificate(2), Start);
        _registry.Pair(DeviceB, Certificate(3), Start);
        Assert.Equal("identity.certificate_revoked", Rotate(1, 4, 1).Refusal!.Code);
        Assert.Equal("identity.certificate_revoked", Rotate(3, 4, 1).Refusal!.Code);
        Assert.Equal("identity.unknown_device", _registry.Rotate(Device(7), Certificate(2).Fingerprint, Certificate(4), Start).Refusal!.Code);
    }

    [Fact]
    public void Rotate_OverAndOver_IsLimited()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        var rotations = 0;
        while (Rotate(rotations + 1, rotations + 2, 1).IsOk)
        {
            rotations++;
        }

        Assert.Equal(IdentityDecider.MaxCertificatesPerHour - 1, rotations);
        Assert.Equal("identity.rotation_too_frequent", Rotate(rotations + 1, 100, 1).Refusal!.Code);
        Assert.Equal("identity.rotation_too_frequent", Rotate(rotations + 1, 100, 59.999).Refusal!.Code);
        Assert.True(Rotate(rotations + 1, 100, 60).IsOk);
    }

    [Fact]
    public void Revoke_ADevice_RevokesEveryCertificateItEverHad()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        _registry.Pair(DeviceA, Certificate(2), Start);
        Rotate(2, 3, 1);
        Assert.True(_registry.Revoke(DeviceA, " stolen ", Minutes(2)).IsOk);
        foreach (var number in new[] { 1, 2, 3 })
        {
            Assert.Equal("identity.device_revoked", Verdict(number, 2));
        }

        Assert.True(_registry.IsRevoked(DeviceA));
        Assert.True(_registry.TryGetIdentity(DeviceA, out var identity));
        Assert.Equal(new Revocation("stolen", Minutes(2)), identity.Revocation);
    }

    [Fact]
    public void Revoke_Again_KeepsTheFirstReasonAndTime()
    {
        _registry.Revoke(DeviceA, "first", Start);
        Assert.Equal(new Revocation("first", Start), _registry.Revoke(DeviceA, "second", Minutes(1)).Value.Revocation);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("line\nbreak")]
    public void Revoke_BadReason_IsRefused(string? reason)
    {
        Assert.Equal("identity.invalid_reason", _registry.Revoke(DeviceA, reason, Start).Refusal!.Code);
        Assert.Equal("identity.invalid_reason", _registry.Revoke(DeviceA, new string('x', 257), Start).Refusal!.Code);
        Assert.False(_registry.IsRevoked(DeviceA));
    }

    [Fact]
    public void Revoke_DeviceNeverPaired_BlocksItsPairing()
    {
        Assert.True(_registry.Revoke(DeviceA, "lost", Start).IsOk);
        Assert.Equal("identity.device_revoked", _registry.Pair(DeviceA, Certificate(1), Start).Refusal!.Code);
    }

    [Fact]
    public void ClearRevocation_ThenPair_LetsOnlyTheNewCertificateIn()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        _registry.Revoke(DeviceA, "lost", Start);
        Assert.True(_registry.ClearRevocation(DeviceA, Start).IsOk);
        Assert.Equal("identity.certificate_revoked", Verdict(1));
        Assert.False(_registry.IsRevoked(DeviceA));
        _registry.Pair(DeviceA, Certificate(2), Start);
        Assert.Equal("ok", Verdict(2));
        Assert.Equal("identity.certificate_revoked", Verdict(1));
    }

    [Fact]
    public void ClearRevocation_DeviceNotRevoked_IsRefused()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        Assert.Equal("identity.not_revoked", _registry.ClearRevocation(DeviceA, Start).Refusal!.Code);
        Assert.Equal("ok", Verdict(1));
    }

    [Fact]
    public void Pair_ForATime_SpeaksAndRotatesUntilThenAndNoLonger()
    {
        var until = Start.AddMilliseconds(1_000L);
        Assert.True(_registry.Pair(DeviceA, Certificate(1), Start, until).IsOk);
        Assert.True(_registry.Rotate(DeviceA, Certificate(1).Fingerprint, Certificate(2), until.AddMilliseconds(-1L)).IsOk);
        Assert.True(_registry.Authenticate(Certificate(2).Fingerprint, until.AddMilliseconds(-1L)).IsOk);
        Assert.Equal("identity.pairing_over", _registry.Authenticate(Certificate(2).Fingerprint, until).Refusal!.Code);
        Assert.Equal("identity.pairing_over", _registry.Rotate(DeviceA, Certificate(2).Fingerprint, Certificate(3), until).Refusal!.Code);
        Assert.Equal("identity.pairing_over", _registry.Pair(DeviceA, Certificate(4), until, until).Refusal!.Code);
    }

    [Fact]
    public void Pair_AgainForGood_ForgetsTheEndOfTheEarlierApproval()
    {
        _registry.Pair(DeviceA, Certificate(1), Start, Start.AddMilliseconds(1L));
        Assert.True(_registry.Pair(DeviceA, Certificate(2), Start.AddMilliseconds(5L)).IsOk);
        Assert.True(_registry.Authenticate(Certificate(2).Fingerprint, Start.AddMilliseconds(10L)).IsOk);
    }

    [Fact]
    public void ClearRevocation_UnknownDevice_IsRefused() =>
        Assert.Equal("identity.unknown_device", _registry.ClearRevocation(DeviceA, Start).Refusal!.Code);

    [Fact]
    public void Changes_StoreFails_ChangeNothing()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        _store.Fails = true;
        Assert.Throws<IOException>(() => _registry.Pair(DeviceB, Certificate(2), Start));
        Assert.Throws<IOException>(() => Rotate(1, 3, 1));
        Assert.Equal("ok", Verdict(1));
        Assert.Equal("identity.unknown_certificate", Verdict(2));
        Assert.Equal("identity.unknown_certificate", Verdict(3));
    }

    [Fact]
    public void Revoke_StoreFails_HoldsAllTheSameAndIsSavedByTheNextTry()
    {
        var observer = new Recorder();
        using var subscription = _registry.Subscribe(observer);
        _registry.Pair(DeviceA, Certificate(1), Start);
        _store.Fails = true;
        Assert.Throws<IOException>(() => _registry.Revoke(DeviceA, "stolen", Start));
        Assert.Equal("identity.device_revoked", Verdict(1));
        Assert.Equal([$"device {DeviceA} stolen"], observer.Log);
        Assert.Throws<IOException>(() => _registry.Revoke(DeviceA, "stolen", Start));
        Assert.False(new IdentityRegistry(_store).IsRevoked(DeviceA));
        _store.Fails = false;
        Assert.True(_registry.Revoke(DeviceA, "again", Start).IsOk);
        Assert.True(new IdentityRegistry(_store).TryGetIdentity(DeviceA, out var kept));
        Assert.Equal("stolen", kept.Revocation!.Reason);
    }

    [Fact]
    public void Revoke_AlreadySaved_WritesNothing()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        _registry.Revoke(DeviceA, "stolen", Start);
        var saves = _store.Saves;
        Assert.True(_registry.Revoke(DeviceA, "again", Start).IsOk);
        Assert.Equal(saves, _store.Saves);
    }

    [Fact]
    public void Reopened_KnowsEverythingAgain()
    {
        _registry.Pair(DeviceA, Certificate(1), Start);
        Rotate(1, 2, 1);
        _registry.Revoke(DeviceB, "lost", Start);
        var reopened = new IdentityRegistry(_store);
        Assert.Equal(DeviceA, reopened.Authenticate(Certificate(1).Fingerprint, Minutes(2)).Value);
        Assert.Equal(DeviceA, reopened.Authenticate(Certificate(2).Fingerprint, Minutes(2)).Value);
        Assert.Equal("identity.certificate_revoked", reopened.Authenticate(Certificate(1).Fingerprint, Minutes(11)).Refusal!.Code);
        Assert.True(reopened.IsRevoked(DeviceB));
    }

    [Fact]
    public void Observers_AreToldOfWhatEnded()
    {
        var observer = new Recorder();
        using (_registry.Subscribe(observer))
        {
            _registry.Pair(DeviceA, Certificate(1), Start);
            Assert.Empty(observer.Log);
            _registry.Pair(DeviceA, Certificate(2), Start);
            Rotate(2, 3, 1);
            _registry.MarkUsed(Certificate(3).Fingerprint, Minutes(2));
            _registry.Revoke(DeviceA, "lost", Minutes(3));
            _registry.Revoke(DeviceA, "again", Minutes(3));
        }

        _registry.Revoke(DeviceB, "lost", Minutes(3));
        Assert.Equal([$"certificates {Certificate(1).Fingerprint}", $"certificates {Certificate(2).Fingerprint}", $"device {DeviceA} lost"], observer.Log);
    }

    [Fact]
    public void Observers_OneThrows_TheOthersAreToldAllTheSame()
    {
        var observer = new Recorder();
        using var bad = _registry.Subscribe(new Recorder { Throws = true });
        using var good = _registry.Subscribe(observer);
        Assert.Throws<AggregateException>(() => _registry.Revoke(DeviceA, "lost", Start));
        Assert.Single(observer.Log);
        Assert.True(_registry.IsRevoked(DeviceA));
    }

    [Fact]
    public void Rotate_CertificatesThatExpireWithinTheHour_CountAllTheSame()
    {
        IssuedCertificate Short(int number) => Certificate(number, Minutes(number)) with { ExpiresAt = Minutes(number + 1.5) };

        for (var i = 0; i < IdentityDecider.MaxCertificatesPerHour; i++)
        {
            Assert.True(_registry.Pair(DeviceA, Short(i), Minutes(i)).IsOk);
        }

        var last = IdentityDecider.MaxCertificatesPerHour - 1;
        Assert.Equal("identity.rotation_too_frequent", _registry.Rotate(DeviceA, Short(last).Fingerprint, Short(last + 1), Minutes(last + 1)).Refusal?.Code);
    }

    [Fact]
    public void Certificates_OverTheYears_AreNoMoreThanThoseThatLast()
    {
        const double Day = 24 * 60;
        for (var i = 0; i < 400; i++)
        {
            Assert.True(_registry.Pair(DeviceA, Certificate(i, Minutes(i * Day)), Minutes(i * Day)).IsOk);
        }

        Assert.True(_registry.TryGetIdentity(DeviceA, out var identity));
        Assert.InRange(identity.Certificates.Count, 1, 2);
        Assert.Equal("identity.unknown_certificate", Verdict(0, 399 * Day));
        Assert.Equal("ok", Verdict(399, 399 * Day));
    }

    [Fact]
    public void Certificates_BeyondTheLimit_TheOldestAreForgottenAndStayOut()
    {
        for (var i = 0; i <= IdentityDecider.MaxCertificates; i++)
        {
            Assert.True(_registry.Pair(DeviceA, Certificate(i, Minutes(i)), Minutes(i)).IsOk);
        }

        Assert.True(_registry.TryGetIdentity(DeviceA, out var identity));
        Assert.Equal(IdentityDecider.MaxCertificates, identity.Certificates.Count);
        Assert.Equal("identity.unknown_certificate", Verdict(0));
        Assert.Equal("identity.certificate_revoked", Verdict(1));
    }

    [Fact]
    public void Enrollments_AreKeptUntilRemovedOrExpired()
    {
        var session = new PairingSessionId(Device(1).Value);
        var waiting = new Enrollment(session, DeviceA, new byte[] { 1, 2 }, Minutes(10));
        Assert.True(_registry.AddEnrollment(waiting, Start).IsOk);
        Assert.True(new IdentityRegistry(_store).TryGetEnrollment(session, Minutes(9), out var kept));
        Assert.Equal(waiting, kept);
        Assert.False(_registry.TryGetEnrollment(session, Minutes(10), out _));
        _registry.RemoveEnrollment(session);
        Assert.False(new IdentityRegistry(_store).TryGetEnrollment(session, Start, out _));
        Assert.Equal("identity.invalid_argument", _registry.AddEnrollment(waiting with { CertificateRequest = default }, Start).Refusal!.Code);
    }

    private string Verdict(int number, double minutes = 0)
    {
        var result = _registry.Authenticate(Certificate(number).Fingerprint, Minutes(minutes));
        return result.IsOk ? "ok" : result.Refusal.Code;
    }

    private Palyra.Domain.Results.Result<DeviceIdentity> Rotate(int presented, int next, double minutes) =>
        _registry.Rotate(DeviceA, Certificate(presented).Fingerprint, Certificate(next, Minutes(minutes)), Minutes(minutes));

    private sealed class Recorder : IRevocationObserver
    {
        public List<string> Log { get; } = [];

        public bool Throws { get; init; }

        public void OnDeviceRevoked(DeviceId device, Revocation revocation)
        {
            if (Throws)
            {
                throw new InvalidOperationException("observer");
            }

            Log.Add($"device {device} {revocation.Reason}");
        }

        public void OnCertificatesRevoked(DeviceId device, IReadOnlyList<CertificateFingerprint> fingerprints) => Log.Add($"certificates {string.Join(',', fingerprints)}");
    }
}
