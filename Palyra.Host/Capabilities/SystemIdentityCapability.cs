using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary><c>system.identity</c>: which device this is and what it runs on. No user name, no host name, no address.</summary>
internal sealed class SystemIdentityCapability(PalyraNodeClient client) : INodeCapability
{
    public string Name => "system.identity";

    public ValueTask<CapabilityOutput> ExecuteAsync(CapabilityInvocation invocation, CancellationToken cancellationToken)
    {
        using var certificate = client.GetCertificate();
        var fingerprint = certificate is null ? null : Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span));
        return ValueTask.FromResult(CapabilityJson.Answer(json =>
        {
            json.WriteString("device_id", client.DeviceId?.ToString());
            json.WriteString("platform", RuntimeInformation.RuntimeIdentifier);
            json.WriteString("framework", RuntimeInformation.FrameworkDescription);
            json.WriteString("version", typeof(SystemIdentityCapability).Assembly.GetName().Version?.ToString(3));
            json.WriteString("certificate_sha256", fingerprint);
        }));
    }
}
