using Palyra.Domain.Time;

namespace Palyra.Domain.Identity;

/// <summary>When a certificate should be replaced. Shared by the gateway, which reports it, and the node, which acts on it.</summary>
public static class CertificateRotation
{
    /// <summary>How long a replaced certificate may still be used, unless its successor is used before.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromMinutes(10);

    /// <summary>Whether less than a third of the validity is left. A validity that is empty or over is due.</summary>
    public static bool IsDue(UnixTime notBefore, UnixTime notAfter, UnixTime now)
    {
        var validity = notAfter.MillisecondsSince(notBefore);
        return validity <= 0 || notAfter.MillisecondsSince(now) < validity / 3;
    }
}
