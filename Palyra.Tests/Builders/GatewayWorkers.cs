using System.Text.Json;

namespace Palyra.Tests.Builders;

/// <summary>Worker processes of a gateway process, paired, approved and attested by commands alone.</summary>
internal static class GatewayWorkers
{
    internal static async Task<PalyraProcess> StartAsync(GatewayProcess gateway, string home)
    {
        var code = (await gateway.JsonAsync("pairing", "code"))[0].GetProperty("code").GetString()!;
        var installed = await InstallAsync(gateway, code, home);
        Assert.True(installed.ExitCode == 0, installed.Output + installed.Error);
        await gateway.JsonAsync("pairing", "approve", JsonDocument.Parse(installed.Output).RootElement.GetProperty("request_id").GetString()!);
        var node = PalyraProcess.Start("node", "run", "--home", home);
        _ = node.Process.StandardError.ReadToEndAsync();
        return node;
    }

    /// <summary>Installs a node; more than ten starts a minute from one address are refused, and then it is tried again until the minute is over.</summary>
    private static async Task<PalyraProcess.Finished> InstallAsync(GatewayProcess gateway, string code, string home)
    {
        using var again = new PeriodicTimer(TimeSpan.FromSeconds(5));
        for (var tries = 1; ; tries++)
        {
            var installed = await PalyraProcess.RunAsync(code + "\n",
            [
                "node", "install", "--grpc-url", $"https://{gateway.NodeRpc}", "--gateway-ca", gateway.CaFile, "--no-wait", "--home", home, "--json", "--poll-interval-ms", "200",
                "--attestation-key", gateway.SignerKey, "--attestation-key-id", GatewayProcess.KeyId, "--egress-proxy", gateway.Egress,
            ]);
            if (tries == 20 || !installed.Output.Contains("pairing.rate_limited", StringComparison.Ordinal))
            {
                return installed;
            }

            await again.WaitForNextTickAsync();
        }
    }

    /// <summary>Asks until a number of workers is registered.</summary>
    internal static Task UntilRegisteredAsync(GatewayProcess gateway, int workers) => UntilAsync(gateway, "registered", workers);

    /// <summary>Asks until a number of workers is in a state.</summary>
    internal static Task UntilAsync(GatewayProcess gateway, string state, int workers = 1) => Wait.UntilAsync(
        async () => (await gateway.JsonAsync("workers", "list")).Count(worker => worker.GetProperty("state").GetString() == state) == workers,
        () => $"{workers} workers never came to {state}.");
}
