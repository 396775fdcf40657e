using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Palyra.Benchmarks.Rpc;

/// <summary>A device's identity, as one process hands it to another.</summary>
internal sealed record BenchDevice(string Id, string CertificatePem, string KeyPem)
{
    internal X509Certificate2 Load() => X509Certificate2.CreateFromPem(CertificatePem, KeyPem);

    internal static void Save(string file, IReadOnlyList<BenchDevice> devices) => File.WriteAllText(file, JsonSerializer.Serialize(devices));

    internal static IReadOnlyList<BenchDevice> Read(string file) => JsonSerializer.Deserialize<List<BenchDevice>>(File.ReadAllText(file))!;
}
