using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;

namespace Palyra.Tests.Adapters.Grpc.Gate;

/// <summary>Every method of both services, each as a call that names a device.</summary>
internal static class GatedCalls
{
    internal static readonly IReadOnlyDictionary<string, Func<ChannelBase, string, ReplayProtection?, Task>> All = new Dictionary<string, Func<ChannelBase, string, ReplayProtection?, Task>>
    {
        ["BeginPairingSession"] = async (channel, _, replay) => await Nodes(channel).BeginPairingSessionAsync(new() { Replay = replay }),
        ["CompletePairingSession"] = async (channel, device, _) => await Nodes(channel).CompletePairingSessionAsync(new() { DeviceId = Id(device) }),
        ["GetPairingRequestStatus"] = async (channel, device, _) => await Nodes(channel).GetPairingRequestStatusAsync(new() { DeviceId = Id(device) }),
        ["RotateDeviceCertificate"] = async (channel, device, replay) => await Nodes(channel).RotateDeviceCertificateAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["RevokeDevicePairing"] = async (channel, device, replay) => await Nodes(channel).RevokeDevicePairingAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["RegisterNode"] = async (channel, device, replay) => await Nodes(channel).RegisterNodeAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["ExecuteCapability"] = async (channel, device, _) => await Nodes(channel).ExecuteCapabilityAsync(new() { DeviceId = Id(device) }),
        ["StreamNodeEvents"] = StreamAsync,
        ["IssueAttestationChallenge"] = async (channel, device, replay) => await Workers(channel).IssueAttestationChallengeAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["RegisterWorker"] = async (channel, device, replay) => await Workers(channel).RegisterWorkerAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["Heartbeat"] = async (channel, device, replay) => await Workers(channel).HeartbeatAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["StartWork"] = async (channel, device, replay) => await Workers(channel).StartWorkAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["RenewLease"] = async (channel, device, replay) => await Workers(channel).RenewLeaseAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["ReportCleanup"] = async (channel, device, replay) => await Workers(channel).ReportCleanupAsync(new() { DeviceId = Id(device), Replay = replay }),
        ["EvaluateEgress"] = async (channel, device, replay) => await Workers(channel).EvaluateEgressAsync(new() { DeviceId = Id(device), Replay = replay }),
    };

    internal static readonly IReadOnlySet<string> Open = new HashSet<string> { "BeginPairingSession", "CompletePairingSession", "GetPairingRequestStatus" };

    internal static readonly IReadOnlySet<string> WithoutReplay = new HashSet<string> { "CompletePairingSession", "GetPairingRequestStatus", "ExecuteCapability" };

    /// <summary>The names of the methods that the contract has, from its own description.</summary>
    internal static IEnumerable<string> Described =>
        NodeService.Descriptor.Methods.Concat(WorkerService.Descriptor.Methods).Select(method => method.Name);

    internal static CanonicalId Id(string device) => new() { Ulid = device };

    private static NodeService.NodeServiceClient Nodes(ChannelBase channel) => new(channel);

    private static WorkerService.WorkerServiceClient Workers(ChannelBase channel) => new(channel);

    private static async Task StreamAsync(ChannelBase channel, string device, ReplayProtection? replay)
    {
        using var call = Nodes(channel).StreamNodeEvents();
        try
        {
            await call.RequestStream.WriteAsync(new() { DeviceId = Id(device), EventName = "node.heartbeat", Replay = replay });
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException)
        {
            // The call has ended already; reading says how.
        }

        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
        }
    }
}
