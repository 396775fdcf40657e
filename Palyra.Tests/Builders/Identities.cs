using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>Devices, certificates and registries.</summary>
internal static class Identities
{
    public static readonly DeviceId DeviceA = DeviceId.Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    public static readonly DeviceId DeviceB = DeviceId.Parse("01BX5ZZKBKACTAV9WEVGEMMVRZ");

    public static readonly UnixTime Start = new(1_800_000_000_000);

    /// <summary>A day's certificate, told apart by its number.</summary>
    public static IssuedCertificate Certificate(int number, UnixTime? issuedAt = null) =>
        new(CertificateFingerprint.Of(BitConverter.GetBytes(number)), issuedAt ?? Start, (issuedAt ?? Start).Add(TimeSpan.FromHours(24)));

    public static DeviceId Device(int number) => new(Ulid.Create(Start, BitConverter.GetBytes((long)number).Concat(new byte[2]).ToArray()));

    public static UnixTime Minutes(double minutes) => Start.Add(TimeSpan.FromMinutes(minutes));
}

/// <summary>Keeps the identity state in memory; can be told to fail.</summary>
internal sealed class MemoryIdentityStore : IIdentityStateStore
{
    public IdentityState State { get; private set; } = IdentityState.Empty;

    public int Saves { get; private set; }

    public bool Fails { get; set; }

    public IdentityState Load() => State;

    public void Save(IdentityState state)
    {
        if (Fails)
        {
            throw new IOException("disk full");
        }

        State = state;
        Saves++;
    }
}
