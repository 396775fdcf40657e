using System.Net;
using System.Security.Cryptography;
using Palyra.Domain.Attestation;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Execution;
using Palyra.Domain.Fleet;
using Palyra.Host.Configuration;
using Palyra.Host.Node;

namespace Palyra.Host.Demo;

/// <summary>The demonstration's gateway: loopback, ports of the system's choice, one trusted signer, one tool with one credential.</summary>
internal static class DemoSettings
{
    internal const string Tool = "http.fetch";
    internal const string SecretPath = "demo/api-key";
    internal const string SecretHeader = "x-api-key";

    /// <summary>A platform endpoint: never reachable, whatever a policy allows.</summary>
    internal const string PlatformEndpoint = "http://169.254.169.254/latest/meta-data/";

    internal static GatewaySettings Create(string stateRoot, int originPort, ECDsa signer)
    {
        var origin = $"http://127.0.0.1:{originPort}";
        var egress = new EgressPolicyOptions
        {
            AllowedHosts = ["127.0.0.1", "169.254.169.254"],
            AllowedPorts = [originPort, 80],
            AllowPrivateTargets = true,
        };
        var digests = WorkerDigests.OfThisExecutable();
        return new GatewaySettings
        {
            StateRoot = stateRoot,
            NodeRpc = new IPEndPoint(IPAddress.Loopback, 0),
            Egress = new IPEndPoint(IPAddress.Loopback, 0),
            StopGrace = TimeSpan.FromSeconds(2),
            WriteThrough = true,
            FleetEgress = egress with { AllowAnyHost = true },
            Fleet = new WorkerFleetPolicy
            {
                HeartbeatTimeoutMs = 3_000,
                TrustedCapabilities = ["tool:" + Tool],
                TrustedSigners = [new TrustedSigner { KeyId = DemoWorkerCommand.SignerKeyId, PublicKey = signer.ExportSubjectPublicKeyInfo() }],
                Attestation = new AttestationExpectation { ImageDigest = digests.Image, BuildDigest = digests.Build, ArtifactDigest = digests.Artifact },
            },
            Tools = new Dictionary<string, ToolDefinition>
            {
                [Tool] = new()
                {
                    Name = Tool,
                    Posture = new ToolPosture { MinimumIsolation = IsolationTier.RemoteWorker, NetworkEgress = true, Secrets = true },
                    Egress = egress,
                    Credentials = [new CredentialBinding(SecretHeader, SecretReference.Vault(SecretPath), required: true, [origin])],
                },
            },
        };
    }
}
