using Palyra.Adapters.Egress.Injection;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Sessions;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Adapters.Egress.Injection;

public sealed class InjectedCredentialsTests
{
    [Fact]
    public async Task Fetch_TheSecondSecretCannotBeFetched_TheFirstIsCleared()
    {
        using var world = new LeasedEgress();
        var session = world.Open(bindings: [Bindings.To("https://api.example.com"), Bindings.To("https://api.example.com", "x-api-key")]).Session;
        var names = new FakeNames { Answer = (_, _) => FakeNames.Of("1.1.1.1") };
        var verdict = await new SessionJudge(world.Egress, names)
            .DecideAsync(session, new EgressRequest { Method = "GET", Url = "https://api.example.com/" }, default);
        var vault = new VaultThatStopsAnswering();
        await Assert.ThrowsAsync<OperationCanceledException>(
            async () => await InjectedCredentials.FetchAsync(verdict.Target!, vault, new LinesLogger(), default));
        Assert.Throws<ObjectDisposedException>(() => vault.Given!.Value);
    }

    private sealed class VaultThatStopsAnswering : ISecretVault
    {
        internal VaultSecret? Given { get; private set; }

        public ValueTask<VaultSecret?> FetchAsync(SecretReference reference, CancellationToken cancellationToken) =>
            Given is null ? new(Given = new VaultSecret("secret"u8)) : throw new OperationCanceledException();
    }
}
