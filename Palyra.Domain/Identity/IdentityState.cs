namespace Palyra.Domain.Identity;

/// <summary>All that the registry keeps across a restart.</summary>
/// <param name="Devices">Every device ever paired or revoked.</param>
/// <param name="Enrollments">The certificate requests that wait for a decision.</param>
public sealed record IdentityState(IReadOnlyCollection<DeviceIdentity> Devices, IReadOnlyCollection<Enrollment> Enrollments)
{
    /// <summary>Nobody is known.</summary>
    public static readonly IdentityState Empty = new([], []);
}
