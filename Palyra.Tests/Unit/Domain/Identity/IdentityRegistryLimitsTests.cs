using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Tests.Builders;
using static Palyra.Tests.Builders.Identities;

namespace Palyra.Tests.Unit.Domain.Identity;

public sealed class IdentityRegistryLimitsTests
{
    private readonly MemoryIdentityStore _store = new();

    [Fact]
    public void Pair_RegistryIsFull_RefusesNewDevicesOnly()
    {
        _store.Save(new IdentityState([.. Enumerable.Range(1, IdentityRegistry.MaxDevices - 1).Select(number => DeviceIdentity.Unknown(Device(number)))], []));
        var registry = new IdentityRegistry(_store);
        Assert.True(registry.Pair(Device(IdentityRegistry.MaxDevices), Certificate(1), Start).IsOk);

        Assert.Equal("identity.registry_full", registry.Pair(DeviceA, Certificate(2), Start).Refusal!.Code);
        Assert.Equal("identity.registry_full", registry.Revoke(DeviceA, "lost", Start).Refusal!.Code);
        Assert.True(registry.Pair(Device(1), Certificate(2), Start).IsOk);
    }

    [Fact]
    public void AddEnrollment_TooManyWait_RefusesNewSessionsOnly()
    {
        _store.Save(new IdentityState([], [.. Enumerable.Range(1, IdentityRegistry.MaxEnrollments - 1).Select(number => Waiting(number))]));
        var registry = new IdentityRegistry(_store);
        Assert.True(registry.AddEnrollment(Waiting(IdentityRegistry.MaxEnrollments), Start).IsOk);

        Assert.Equal("identity.registry_full", registry.AddEnrollment(Waiting(0), Start).Refusal!.Code);
        Assert.False(registry.TryGetEnrollment(Session(0), Start, out _));
        Assert.True(registry.AddEnrollment(Waiting(1), Start).IsOk);
    }

    [Fact]
    public void AddEnrollment_OthersHaveExpired_ForgetsThemAndNoOther()
    {
        var registry = new IdentityRegistry(_store);
        Assert.True(registry.AddEnrollment(Waiting(1) with { ExpiresAt = Minutes(1) }, Start).IsOk);
        Assert.True(registry.AddEnrollment(Waiting(2) with { ExpiresAt = Minutes(1.001) }, Start).IsOk);
        Assert.True(registry.AddEnrollment(Waiting(3), Minutes(1)).IsOk);

        Assert.Equal([Session(2), Session(3)], _store.State.Enrollments.Select(waiting => waiting.SessionId).Order());
        Assert.False(registry.TryGetEnrollment(Session(1), Start, out _));
        Assert.True(registry.TryGetEnrollment(Session(2), Start, out _) && registry.TryGetEnrollment(Session(3), Start, out _));
    }

    [Fact]
    public void AddEnrollment_SameSessionAgain_ReplacesIt()
    {
        var registry = new IdentityRegistry(_store);
        Assert.True(registry.AddEnrollment(Waiting(1), Start).IsOk);
        Assert.True(registry.AddEnrollment(Waiting(1) with { DeviceId = DeviceB }, Start).IsOk);

        Assert.Equal(DeviceB, Assert.Single(_store.State.Enrollments).DeviceId);
        Assert.True(registry.TryGetEnrollment(Session(1), Start, out var kept) && kept.DeviceId == DeviceB);
    }

    [Fact]
    public void AddEnrollment_FieldMissing_IsRefused()
    {
        var registry = new IdentityRegistry(_store);
        Assert.All(
            new[] { Waiting(1) with { SessionId = default }, Waiting(1) with { DeviceId = default }, Waiting(1) with { CertificateRequest = default } },
            bad => Assert.Equal("identity.invalid_argument", registry.AddEnrollment(bad, Start).Refusal!.Code));
    }

    [Fact]
    public void RemoveEnrollment_Known_ForgetsItAtOnceAndNoOther()
    {
        var registry = new IdentityRegistry(_store);
        registry.AddEnrollment(Waiting(1), Start);
        registry.AddEnrollment(Waiting(2), Start);

        registry.RemoveEnrollment(Session(1));

        Assert.False(registry.TryGetEnrollment(Session(1), Start, out _));
        Assert.True(registry.TryGetEnrollment(Session(2), Start, out _));
        Assert.Equal(Session(2), Assert.Single(_store.State.Enrollments).SessionId);
    }

    [Fact]
    public void RemoveEnrollment_Unknown_WritesNothing()
    {
        new IdentityRegistry(_store).RemoveEnrollment(Session(1));

        Assert.Equal(0, _store.Saves);
    }

    [Fact]
    public void IsPaired_MeansACertificateAndNoRevocation()
    {
        var unknown = DeviceIdentity.Unknown(DeviceA);
        var paired = unknown with { Current = Certificate(1) };

        Assert.True(paired.IsPaired);
        Assert.False(unknown.IsPaired);
        Assert.False((paired with { Revocation = new Revocation("lost", Start) }).IsPaired);
        Assert.False((unknown with { Revocation = new Revocation("lost", Start) }).IsPaired);
    }

    [Theory]
    [InlineData(0, 3000, 2000, false)]
    [InlineData(0, 3000, 2001, true)]
    [InlineData(1000, 1000, 1000, true)]
    [InlineData(1000, 1000, 0, true)]
    [InlineData(1000, 999, 0, true)]
    public void IsDue_LessThanAThirdLeftOrNoValidity_IsDue(long notBefore, long notAfter, long now, bool due) =>
        Assert.Equal(due, CertificateRotation.IsDue(new(notBefore), new(notAfter), new(now)));

    [Theory]
    [InlineData(0u, "version 1 (X25519")]
    [InlineData(1u, "version 1 (X25519")]
    [InlineData(3u, "version 3 is not supported")]
    public void UnsupportedVersion_SaysWhatToDo(uint version, string told) =>
        Assert.Contains(told, new HandshakeRefusal.UnsupportedVersion(version).Detail, StringComparison.Ordinal);

    private static PairingSessionId Session(int number) => NodeRuntimes.Session(number);

    private static Enrollment Waiting(int number) => new(Session(number), DeviceA, new byte[] { 1 }, Minutes(10));
}
