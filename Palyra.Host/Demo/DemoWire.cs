using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Adapters.Grpc.Wire.Node;
using Palyra.Adapters.Grpc.Wire.Worker;
using Palyra.Domain.Ids;

namespace Palyra.Host.Demo;

/// <summary>The wire by hand, for what the node's client never does: send a tampered attestation, and speak for another device.</summary>
internal sealed class DemoWire : IDisposable
{
    private readonly GrpcChannel _channel;
    private readonly X509Certificate2 _authority;

    internal DemoWire(Uri gateway, string caPem, X509Certificate2 certificate)
    {
        _authority = X509Certificate2.CreateFromPem(caPem);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_authority);
        _channel = GrpcChannel.ForAddress(gateway, new GrpcChannelOptions
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy, ClientCertificates = [certificate] },
            },
        });
    }

    /// <summary>A fresh challenge for this device.</summary>
    internal async Task<ReadOnlyMemory<byte>> ChallengeAsync(DeviceId device, CancellationToken cancellation)
    {
        var answer = await new WorkerService.WorkerServiceClient(_channel).IssueAttestationChallengeAsync(
            new IssueAttestationChallengeRequest { V = 1, DeviceId = Id(device) }, cancellationToken: cancellation);
        return answer.Challenge.Memory;
    }

    /// <summary>Registers with an envelope as it is.</summary>
    internal async Task<RegisterWorkerResponse> RegisterAsync(DeviceId device, byte[] envelope, CancellationToken cancellation) =>
        await new WorkerService.WorkerServiceClient(_channel).RegisterWorkerAsync(
            new RegisterWorkerRequest { V = 1, DeviceId = Id(device), AttestationEnvelope = ByteString.CopyFrom(envelope) }, cancellationToken: cancellation);

    /// <summary>Registers a node as whatever device is named.</summary>
    /// <returns>How the gateway ended the call.</returns>
    internal async Task<Status> RegisterNodeAsync(DeviceId device, CancellationToken cancellation)
    {
        try
        {
            await new NodeService.NodeServiceClient(_channel).RegisterNodeAsync(
                new RegisterNodeRequest { V = 1, DeviceId = Id(device), Platform = "demo" }, cancellationToken: cancellation);
            return Status.DefaultSuccess;
        }
        catch (RpcException refused)
        {
            return refused.Status;
        }
    }

    public void Dispose()
    {
        _channel.Dispose();
        _authority.Dispose();
    }

    private static CanonicalId Id(DeviceId device) => new() { Ulid = device.ToString() };
}
