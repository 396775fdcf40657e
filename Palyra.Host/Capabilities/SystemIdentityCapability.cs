using System.Runtime.InteropServices;
using Palyra.Domain.Ids;

namespace Palyra.Host.Capabilities;

/// <summary><c>system.identity</c>: which device this is and what it runs on. No user name, no host name, no address.</summary>
internal sealed class SystemIdentityCapability(DeviceId device, Func<string?> certificateFingerprint) : INodeCapability
{
    public string Name => "system.identity";

    public ValueTask<CapabilityAnswer> ExecuteAsync(CapabilityCall call, CancellationToken cancellation) =>
        ValueTask.FromResult(CapabilityJson.Answer(json =>
        {
            json.WriteString("device_id", device.ToString());
            json.WriteString("platform", RuntimeInformation.RuntimeIdentifier);
            json.WriteString("framework", RuntimeInformation.FrameworkDescription);
            json.WriteString("version", typeof(SystemIdentityCapability).Assembly.GetName().Version?.ToString(3));
            json.WriteString("certificate_sha256", certificateFingerprint());
        }));
}
