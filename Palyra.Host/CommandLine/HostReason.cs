namespace Palyra.Host.CommandLine;

/// <summary>The codes that the admin API and the command line add to those of the refusals they pass on.</summary>
internal static class HostReason
{
    /// <summary>The request of the admin API is no HTTP that can be read.</summary>
    internal const string AdminMalformed = "admin.malformed";

    /// <summary>This user may not use the admin API of that gateway.</summary>
    internal const string AdminNotPermitted = "admin.not_permitted";

    /// <summary>The request of the admin API is larger than it takes.</summary>
    internal const string AdminTooLarge = "admin.too_large";

    /// <summary>The file holds no key that a worker can be vouched for with.</summary>
    internal const string AttestKeyUnusable = "attest.key_unusable";

    /// <summary>The command was interrupted.</summary>
    internal const string Cancelled = "cancelled";

    /// <summary>The gateway could not do what was asked; its log has the rest.</summary>
    internal const string GatewayFault = "gateway.fault";

    /// <summary>The gateway did not start: a port, a file or a setting.</summary>
    internal const string GatewayStartFailed = "gateway.start_failed";

    /// <summary>An id in the path is not a canonical ULID.</summary>
    internal const string InvalidId = "invalid_id";

    /// <summary>The key pair could not be written.</summary>
    internal const string KeygenNotWritten = "keygen.not_written";

    /// <summary>A node is installed in this home.</summary>
    internal const string NodeAlreadyInstalled = "node.already_installed";

    /// <summary>A node runs in this home.</summary>
    internal const string NodeAlreadyRunning = "node.already_running";

    /// <summary>The file holds no attestation key.</summary>
    internal const string NodeBadAttestationKey = "node.bad_attestation_key";

    /// <summary>Neither file nor pin is a gateway's CA.</summary>
    internal const string NodeBadGatewayCa = "node.bad_gateway_ca";

    /// <summary>What is installed in this home cannot be read.</summary>
    internal const string NodeDamaged = "node.damaged";

    /// <summary>The lock of this home cannot be made or opened.</summary>
    internal const string NodeHomeUnusable = "node.home_unusable";

    /// <summary>No node is installed in this home.</summary>
    internal const string NodeNotInstalled = "node.not_installed";

    /// <summary>The background process ended, or was not ready in time.</summary>
    internal const string NodeStartFailed = "node.start_failed";

    /// <summary>The revocation holds and is saved; the audit trail does not say who ordered it.</summary>
    internal const string RevokedNotAudited = "identity.revoked_not_audited";

    /// <summary>The revocation holds; a restart would forget it.</summary>
    internal const string RevokedNotSaved = "identity.revoked_not_saved";

    /// <summary>Snapshot or journal are damaged.</summary>
    internal const string StateDamaged = "state_damaged";

    /// <summary>The rotation of the store key was not begun, or not carried through; nothing is lost then, and the next one carries it through.</summary>
    internal const string StateKeyNotRotated = "state.key_not_rotated";

    /// <summary>What no command foresaw.</summary>
    internal const string Unexpected = "unexpected";

    /// <summary>The admin API has no such route.</summary>
    internal const string UnknownRoute = "unknown_route";

    /// <summary>No gateway answers.</summary>
    internal const string Unreachable = "unreachable";

    /// <summary>The command, or a file it names, is not what it must be.</summary>
    internal const string Usage = "usage";
}
