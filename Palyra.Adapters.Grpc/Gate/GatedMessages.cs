// What the gate reads of a message, whichever it is. The members themselves are generated from the .proto files.
#pragma warning disable IDE0130 // one list of all gated messages tells more than a file in each generated namespace
#pragma warning disable CS1591 // the messages are documented where they are written, in the .proto files
using Palyra.Adapters.Grpc.Gate;
using Palyra.Adapters.Grpc.Wire.Common;

namespace Palyra.Adapters.Grpc.Gate
{
    /// <summary>A message that says on behalf of which device it is sent.</summary>
    internal interface IDeviceBound
    {
        CanonicalId DeviceId { get; }
    }

    /// <summary>A message that may carry replay protection.</summary>
    internal interface IReplayProtected
    {
        ReplayProtection Replay { get; }
    }
}

namespace Palyra.Adapters.Grpc.Wire.Node
{
    public partial class RotateDeviceCertificateRequest : IDeviceBound, IReplayProtected;

    public partial class RevokeDevicePairingRequest : IDeviceBound, IReplayProtected;

    public partial class RegisterNodeRequest : IDeviceBound, IReplayProtected;

    public partial class NodeEventRequest : IDeviceBound, IReplayProtected;

    public partial class ExecuteCapabilityRequest : IDeviceBound;
}

namespace Palyra.Adapters.Grpc.Wire.Worker
{
    public partial class IssueAttestationChallengeRequest : IDeviceBound, IReplayProtected;

    public partial class RegisterWorkerRequest : IDeviceBound, IReplayProtected;

    public partial class HeartbeatRequest : IDeviceBound, IReplayProtected;

    public partial class StartWorkRequest : IDeviceBound, IReplayProtected;

    public partial class RenewLeaseRequest : IDeviceBound, IReplayProtected;

    public partial class ReportCleanupRequest : IDeviceBound, IReplayProtected;

    public partial class EvaluateEgressRequest : IDeviceBound, IReplayProtected;
}
