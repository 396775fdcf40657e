using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace Palyra.Benchmarks.Rpc;

/// <summary><c>serve rpc DIR</c>: the server half of <c>quick rpc</c>, in a process of its own. Leaves identities in the folder, prints its port.</summary>
internal static class RpcServe
{
    internal const int Devices = 1_000;

    internal static async Task<int> RunAsync(string folder, TextReader input, TextWriter output)
    {
        await using var scene = await RpcScene.StartAsync(Devices);
        await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), scene.Certificates.CaCertificatePem);
        await File.WriteAllTextAsync(Path.Combine(folder, "server.pem"), scene.Certificates.Server.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "server.key"), scene.Certificates.Server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        BenchDevice.Save(Path.Combine(folder, "devices.json"), scene.Devices);
        await output.WriteLineAsync($"port {scene.Server.EndPoint!.Port.ToString(CultureInfo.InvariantCulture)}");
        await output.FlushAsync();
        while (await input.ReadLineAsync() is { } question)
        {
            if (question == "allocated")
            {
                await output.WriteLineAsync(GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture));
                await output.FlushAsync();
            }
        }

        return 0;
    }
}
