using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>A fleet policy that holds setting by setting and not as a whole ended the gateway, and every call with it, when SIGHUP read it.</summary>
[Trait("Category", "Slow")]
public sealed class PolicyTypoOverSigHupTests
{
    [Fact]
    public async Task SigHup_ThresholdAboveTheSigners_IsComplainedAboutAndTheOldPolicyHolds()
    {
        using var gateway = await GatewayProcess.StartAsync();
        var before = await File.ReadAllTextAsync(gateway.File("palyra.json"));
        await File.WriteAllTextAsync(gateway.File("palyra.json"), Mistyped(before));

        await gateway.HangUpAsync("fleet.signer_threshold does not hold");

        Assert.Empty(await gateway.JsonAsync("workers", "list"));
        await File.WriteAllTextAsync(gateway.File("palyra.json"), before.Replace("\"fleet\"", "\"networked_workers\":{\"enabled\":false},\"fleet\"", StringComparison.Ordinal));
        await gateway.HangUpAsync("only after a restart: networked_workers.enabled");
    }

    [Fact]
    public async Task Start_ThresholdAboveTheSigners_IsAUsageError()
    {
        using var gateway = await GatewayProcess.StartAsync();
        await File.WriteAllTextAsync(gateway.File("wrong.json"), Mistyped(await File.ReadAllTextAsync(gateway.File("palyra.json"))));

        var refused = await PalyraProcess.RunAsync("gateway", "--config", gateway.File("wrong.json"), "--state-root", gateway.File("other"));

        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("wrong.json:1: fleet.signer_threshold does not hold", refused.Error, StringComparison.Ordinal);
    }

    private static string Mistyped(string settings) => settings.Replace("\"signers\"", "\"signer_threshold\":2,\"signers\"", StringComparison.Ordinal);
}
