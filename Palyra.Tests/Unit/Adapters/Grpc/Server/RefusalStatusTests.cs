using Grpc.Core;
using Palyra.Adapters.Grpc.Certificates;
using Palyra.Adapters.Grpc.Gate;
using Palyra.Adapters.Grpc.Server;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Identity;
using Palyra.Domain.Identity.Replay;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;

namespace Palyra.Tests.Unit.Adapters.Grpc.Server;

public class RefusalStatusTests
{
    public static TheoryData<Refusal, StatusCode> Table => new()
    {
        { new GateRefusal.NoCertificate(), StatusCode.Unauthenticated },
        { new GateRefusal.InvalidDeviceId(), StatusCode.InvalidArgument },
        { new GateRefusal.DeviceMismatch(), StatusCode.PermissionDenied },
        { new MessageRefusal.InvalidPayload(), StatusCode.InvalidArgument },
        { new MessageRefusal.InvalidLease(), StatusCode.InvalidArgument },
        { new MessageRefusal.StreamSilent(), StatusCode.DeadlineExceeded },
        { new MessageRefusal.SlowReader(), StatusCode.ResourceExhausted },
        { new MessageRefusal.StreamReplaced(), StatusCode.Aborted },
        { new CertificateRefusal.Untrusted(), StatusCode.PermissionDenied },
        { new CertificateRefusal.RequestMalformed(), StatusCode.InvalidArgument },
        { new CertificateRefusal.NoProofOfPossession(), StatusCode.FailedPrecondition },
        { new IdentityRefusal.CertificateRevoked(default), StatusCode.PermissionDenied },
        { new IdentityRefusal.DeviceRevoked(default), StatusCode.PermissionDenied },
        { new IdentityRefusal.PairingOver(default), StatusCode.PermissionDenied },
        { new IdentityRefusal.NotRevoked(default), StatusCode.FailedPrecondition },
        { new IdentityRefusal.UnknownDevice(default), StatusCode.NotFound },
        { new IdentityRefusal.RotationTooFrequent(default), StatusCode.ResourceExhausted },
        { new IdentityRefusal.RegistryFull(), StatusCode.ResourceExhausted },
        { new IdentityRefusal.InvalidReason(), StatusCode.InvalidArgument },
        { new ReplayRefusal.NonceSeen(default), StatusCode.FailedPrecondition },
        { new ReplayRefusal.StaleTimestamp(), StatusCode.FailedPrecondition },
        { new ReplayRefusal.MalformedNonce(), StatusCode.InvalidArgument },
        { new ReplayRefusal.WindowFull(default), StatusCode.ResourceExhausted },
        { new HandshakeRefusal.UnsupportedVersion(1), StatusCode.FailedPrecondition },
        { new HandshakeRefusal.InvalidClientKind(), StatusCode.InvalidArgument },
        { new HandshakeRefusal.InvalidField("proof"), StatusCode.InvalidArgument },
        { new HandshakeRefusal.TooManySessions(), StatusCode.ResourceExhausted },
        { new HandshakeRefusal.RateLimited("all"), StatusCode.ResourceExhausted },
        { new HandshakeRefusal.UnknownSession(default), StatusCode.NotFound },
        { new HandshakeRefusal.SessionExpired(default), StatusCode.FailedPrecondition },
        { new HandshakeRefusal.WrongCode(default), StatusCode.FailedPrecondition },
        { new HandshakeRefusal.BadSignature(default), StatusCode.FailedPrecondition },
        { new HandshakeRefusal.DeviceRevoked(default), StatusCode.PermissionDenied },
        { new PairingRefusal.InvalidPairingCode(), StatusCode.FailedPrecondition },
        { new PairingRefusal.UnknownPairingRequest(default), StatusCode.NotFound },
        { new PairingRefusal.TooManyPairingSessions(3), StatusCode.ResourceExhausted },
        { new NodeRefusal.NotRegistered(default), StatusCode.FailedPrecondition },
        { new NodeRefusal.InvalidField("platform", "is empty"), StatusCode.InvalidArgument },
        { new CapabilityRefusal.QueueFull(default, 256), StatusCode.ResourceExhausted },
        { new CapabilityRefusal.UnknownRequest(default), StatusCode.NotFound },
        { new CapabilityRefusal.DeadlineExceeded(), StatusCode.DeadlineExceeded },
        { new CapabilityRefusal.Cancelled(), StatusCode.Cancelled },
        { new CapabilityRefusal.CapabilityUnavailable("x"), StatusCode.FailedPrecondition },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Of_EachRefusal_IsItsStatus(Refusal refusal, StatusCode expected)
    {
        Assert.Equal(expected, RefusalStatus.Of(refusal));
        Assert.Equal($"{refusal.Code}: {refusal.Detail}", refusal.ToException().Status.Detail);
    }
}
