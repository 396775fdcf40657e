using System.Collections.Frozen;
using Grpc.Core;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Gate;
using Palyra.Domain.Identity;
using Palyra.Domain.Results;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>Which gRPC status each refusal of the domain becomes. A refusal that is not listed is a wrong state: <c>FAILED_PRECONDITION</c>.</summary>
internal static class RefusalStatus
{
    private static readonly FrozenDictionary<string, StatusCode> ByCode = new Dictionary<string, StatusCode>
    {
        // Fields that are missing or malformed.
        ["invalid_nonce"] = StatusCode.InvalidArgument,
        ["invalid_node_field"] = StatusCode.InvalidArgument,
        ["invalid_capability_field"] = StatusCode.InvalidArgument,
        ["InvalidPairingField"] = StatusCode.InvalidArgument,
        ["identity.invalid_argument"] = StatusCode.InvalidArgument,
        ["identity.invalid_reason"] = StatusCode.InvalidArgument,
        ["pairing.invalid_client_kind"] = StatusCode.InvalidArgument,
        ["pairing.invalid_field"] = StatusCode.InvalidArgument,
        ["payload_too_large"] = StatusCode.InvalidArgument,
        ["MalformedEnvelope"] = StatusCode.InvalidArgument,

        // Things asked for that are not there.
        ["unknown_request"] = StatusCode.NotFound,
        ["UnknownPairingRequest"] = StatusCode.NotFound,
        ["pairing.unknown_session"] = StatusCode.NotFound,
        ["identity.unknown_device"] = StatusCode.NotFound,

        // Rates and queues.
        ["replay_window_full"] = StatusCode.ResourceExhausted,
        ["queue_full"] = StatusCode.ResourceExhausted,
        ["TooManyPairingCodes"] = StatusCode.ResourceExhausted,
        ["TooManyPairingSessions"] = StatusCode.ResourceExhausted,
        ["pairing.too_many_sessions"] = StatusCode.ResourceExhausted,
        ["pairing.rate_limited"] = StatusCode.ResourceExhausted,
        ["TooManyChallenges"] = StatusCode.ResourceExhausted,
        ["identity.registry_full"] = StatusCode.ResourceExhausted,
        ["identity.rotation_too_frequent"] = StatusCode.ResourceExhausted,

        // Who may.
        ["device_revoked"] = StatusCode.PermissionDenied,
        ["pairing.device_revoked"] = StatusCode.PermissionDenied,
        ["WorkerIdMismatch"] = StatusCode.PermissionDenied,
        ["foreign_result"] = StatusCode.PermissionDenied,

        // Ends that are not refusals of the gateway.
        ["deadline_exceeded"] = StatusCode.DeadlineExceeded,
        ["cancelled"] = StatusCode.Cancelled,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    internal static StatusCode Of(Refusal refusal) => refusal switch
    {
        GateRefusal.NoCertificate => StatusCode.Unauthenticated,
        GateRefusal.InvalidDeviceId => StatusCode.InvalidArgument,
        GateRefusal => StatusCode.PermissionDenied,
        CertificateRefusal.RequestMalformed or CertificateRefusal.UnsupportedKey => StatusCode.InvalidArgument,
        CertificateRefusal.NoProofOfPossession => StatusCode.FailedPrecondition,
        CertificateRefusal => StatusCode.PermissionDenied,
        IdentityRefusal.UnknownCertificate or IdentityRefusal.CertificateRevoked or IdentityRefusal.CertificateExpired
            or IdentityRefusal.PairingOver or IdentityRefusal.DeviceMismatch or IdentityRefusal.DeviceRevoked => StatusCode.PermissionDenied,
        MessageRefusal.StreamSilent => StatusCode.DeadlineExceeded,
        MessageRefusal.SlowReader => StatusCode.ResourceExhausted,
        MessageRefusal.StreamReplaced => StatusCode.Aborted,
        MessageRefusal => StatusCode.InvalidArgument,
        _ => ByCode.GetValueOrDefault(refusal.Code, StatusCode.FailedPrecondition),
    };

    /// <summary>The refusal as a call's end; the message is <c>code: detail</c>.</summary>
    internal static RpcException ToException(this Refusal refusal) => new RefusedCallException(refusal.Code, new Status(Of(refusal), refusal.ToString()));

    /// <summary>The value, or the call's end.</summary>
    internal static T OrThrow<T>(this Result<T> result) where T : notnull => result.TryGet(out var value, out var refusal) ? value : throw refusal.ToException();

    /// <summary>Nothing, or the call's end.</summary>
    internal static void OrThrow(this Result result)
    {
        if (result.Refusal is { } refusal)
        {
            throw refusal.ToException();
        }
    }
}
