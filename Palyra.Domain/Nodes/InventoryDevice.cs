using Palyra.Domain.Ids;

namespace Palyra.Domain.Nodes;

/// <summary>A device in the inventory.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="IsPaired">Whether it has a certificate that counts; a revoked device is never paired.</param>
/// <param name="RevocationReason">Why it was revoked; <see langword="null"/> when it is not.</param>
public sealed record InventoryDevice(DeviceId DeviceId, bool IsPaired, string? RevocationReason = null)
{
    /// <summary>Whether the device is revoked.</summary>
    public bool IsRevoked => RevocationReason is not null;
}
