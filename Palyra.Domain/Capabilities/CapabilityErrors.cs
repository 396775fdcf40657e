namespace Palyra.Domain.Capabilities;

/// <summary>The error texts the gateway itself writes on a capability request. Part of the file format.</summary>
public static class CapabilityErrors
{
    /// <summary>The gateway restarted while the request was queued or in flight.</summary>
    public const string GatewayRestarted = "gateway restarted before completion";

    /// <summary>The deadline passed.</summary>
    public const string TimedOut = "timed out waiting for node capability result";

    /// <summary>The node did not say in time that it had started.</summary>
    public const string NotStarted = "node did not start the work in time";

    /// <summary>The caller cancelled.</summary>
    public const string Cancelled = "cancelled by the caller";

    /// <summary>The stream ended after the node had acknowledged the request, or after it had been sent twice.</summary>
    public const string StreamLost = "node stream lost before completion";

    /// <summary>The device was revoked.</summary>
    public const string DeviceRevoked = "device_revoked";

    /// <summary>The node was removed.</summary>
    public const string NodeRemoved = "node removed";

    /// <summary>The node failed without saying why.</summary>
    public const string Unspecified = "node reported failure without a reason";

    /// <summary>What a node says of its failure. The gateway's own texts stay the gateway's: a node that uses one is quoted.</summary>
    internal static string OfNode(string? error) => error is null ? Unspecified : IsAbandonment(error) ? "node reported: " + error : error;

    /// <summary>Whether the gateway wrote this error because it gave up, so that a result that comes now is late rather than a duplicate.</summary>
    public static bool IsAbandonment(string? error) =>
        error is GatewayRestarted or TimedOut or NotStarted or Cancelled or StreamLost or DeviceRevoked or NodeRemoved;
}
