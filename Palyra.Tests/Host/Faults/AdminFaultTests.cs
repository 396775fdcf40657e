using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Host.Admin;
using Palyra.Host.CommandLine;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host.Faults;

/// <summary>What an operator is told when the gateway cannot do what was asked, stops meanwhile, or passes on what a worker wrote.</summary>
[Trait("Category", "Slow")]
public sealed class AdminFaultTests
{
    [Fact]
    public async Task Revoke_StateCannotBeWritten_HoldsAndTheOperatorIsToldThatItIsNotSaved()
    {
        await using var gateway = await FaultGateway.StartAsync();
        using var client = new AdminClient(gateway.Running.AdminAddress);
        var device = TestGateway.NewDeviceId();
        Directory.CreateDirectory(Path.Combine(gateway.Settings.StateRoot, "identity.v1.sealed"));

        var failure = await Assert.ThrowsAsync<CommandFailureException>(() => RevokeAsync(client, device));

        Assert.Equal("identity.revoked_not_saved", failure.Code);
        Assert.Contains("revoke it again", failure.Message, StringComparison.Ordinal);
        Assert.True(gateway.Services.Identity.IsRevoked(device));
    }

    [Fact]
    public async Task Revoke_OrderCannotBeAudited_IsSavedAndTheOperatorIsToldThatItIsNotAudited()
    {
        await using var gateway = await FaultGateway.StartAsync();
        using var client = new AdminClient(gateway.Running.AdminAddress);
        var device = TestGateway.NewDeviceId();
        gateway.Audit.Broken = "identity.revocation_ordered";

        var failure = await Assert.ThrowsAsync<CommandFailureException>(() => RevokeAsync(client, device));

        Assert.Equal("identity.revoked_not_audited", failure.Code);
        Assert.Contains("that is saved", failure.Message, StringComparison.Ordinal);
        Assert.True(gateway.Services.Identity.IsRevoked(device));
    }

    [Fact]
    public async Task Revoke_SomebodyCouldNotBeTold_IsAFaultAndNotCalledUnsaved()
    {
        await using var gateway = await FaultGateway.StartAsync();
        using var client = new AdminClient(gateway.Running.AdminAddress);
        using var deaf = gateway.Services.Identity.Subscribe(new DeafObserver());

        var failure = await Assert.ThrowsAsync<CommandFailureException>(() => RevokeAsync(client, TestGateway.NewDeviceId()));

        Assert.Equal("gateway.fault", failure.Code);
        Assert.Contains("The change stands", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoreSecret_FolderIsNoFolder_IsAFaultWithACodeAndAMessage()
    {
        await using var gateway = await FaultGateway.StartAsync();
        using var client = new AdminClient(gateway.Running.AdminAddress);
        var secrets = Path.Combine(gateway.Settings.StateRoot, "secrets");
        Directory.Move(secrets, secrets + ".away");
        await File.WriteAllTextAsync(secrets, "");

        var failure = await Assert.ThrowsAsync<CommandFailureException>(() => client.PostAsync("/v1/secrets/store", json =>
        {
            json.WriteString("path", "prod/api");
            json.WriteString("value", "x");
        }, CancellationToken.None));

        Assert.Equal(("gateway.fault", ExitCode.Refused), (failure.Code, failure.ExitCode));
        Assert.NotEmpty(failure.Message);
    }

    [Fact]
    public async Task StoreSecret_PathLongerThanTheStoreHolds_IsRefusedBeforeItIsAudited()
    {
        await using var gateway = await FaultGateway.StartAsync();
        using var client = new AdminClient(gateway.Running.AdminAddress);

        var failure = await Assert.ThrowsAsync<CommandFailureException>(() => client.PostAsync("/v1/secrets/store", json =>
        {
            json.WriteString("path", "prod/" + new string('x', 502));
            json.WriteString("value", "x");
        }, CancellationToken.None));

        Assert.Equal("vault.invalid_secret", failure.Code);
    }

    [Fact]
    public async Task Stop_CallUnderWay_IsAnswered()
    {
        await using var gateway = await FaultGateway.StartAsync();
        await using var worker = await FaultWorker.JoinAsync(gateway);
        using var client = new AdminClient(gateway.Running.AdminAddress);
        var call = client.PostAsync("/v1/tools/invoke", json => json.WriteString("tool", RemoteCalls.Tool), CancellationToken.None);
        await worker.StartAsync(await worker.DispatchedAsync());

        await gateway.Running.StopAsync();

        Assert.False((await call.WaitAsync(FaultWalkTests.Patience)).GetProperty("success").GetBoolean());
    }

    [Fact]
    public async Task Stop_SomebodyWatches_EndsTheWatchAndSaysThatTheGatewayEnded()
    {
        await using var gateway = await FaultGateway.StartAsync();
        using var client = new AdminClient(gateway.Running.AdminAddress);
        var begun = new TaskCompletionSource();
        var watch = Task.Run(async () =>
        {
            await foreach (var _ in client.FollowAsync("/v1/workers/events?follow=true", begun.SetResult, CancellationToken.None))
            {
            }
        });
        await begun.Task.WaitAsync(FaultWalkTests.Patience);

        await gateway.Running.StopAsync();

        Assert.Equal(ExitCode.Unreachable, (await Assert.ThrowsAsync<CommandFailureException>(() => watch)).ExitCode);
    }

    [Fact]
    public async Task Invoke_OutputWithControlCharacters_NeverReachesTheTerminal()
    {
        await using var gateway = await FaultGateway.StartAsync();
        await using var worker = await FaultWorker.JoinAsync(gateway);
        var command = PalyraProcess.RunAsync("nodes", "invoke", worker.Device.ToString(), Workers.Echo, "--state-root", gateway.Settings.StateRoot);
        var dispatch = await worker.DispatchedAsync();
        await worker.AnswerAsync(dispatch.RequestId.Ulid, "\"\\u001b]0;x\\u0007\\u009b2J\\nsuccess\"");

        var finished = await command;

        Assert.Equal(0, finished.ExitCode);
        Assert.Contains("output      \uFFFD]0;x\uFFFD\uFFFD2J\uFFFDsuccess\n", finished.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Invoke_WorkersErrorHasASecondLine_DoesNotPassForOneOfTheCommands()
    {
        await using var gateway = await FaultGateway.StartAsync();
        await using var worker = await FaultWorker.JoinAsync(gateway);
        var command = PalyraProcess.RunAsync("nodes", "invoke", worker.Device.ToString(), Workers.Echo, "--state-root", gateway.Settings.StateRoot);
        var dispatch = await worker.DispatchedAsync();
        await worker.FailAsync(dispatch.RequestId.Ulid, "x\npalyra: device approved");

        var finished = await command;

        Assert.Equal((1, "palyra: x palyra: device approved (failed)\n"), (finished.ExitCode, finished.Error));
    }

    private static Task RevokeAsync(AdminClient client, DeviceId device) =>
        client.PostAsync($"/v1/nodes/{device}/revoke", json => json.WriteString("reason", "lost"), CancellationToken.None);

    private sealed class DeafObserver : IRevocationObserver
    {
        public void OnDeviceRevoked(DeviceId device, Revocation revocation) => throw new InvalidOperationException("deaf");

        public void OnCertificatesRevoked(DeviceId device, IReadOnlyList<CertificateFingerprint> fingerprints) => throw new InvalidOperationException("deaf");
    }
}
