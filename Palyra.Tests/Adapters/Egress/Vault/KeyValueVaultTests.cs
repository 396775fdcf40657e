using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Palyra.Adapters.Egress.Vault;
using Palyra.Domain.Egress.Credentials;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Egress.Vault;

public sealed class KeyValueVaultTests : IAsyncLifetime
{
    private static readonly SecretReference Reference = SecretReference.Vault("tools/api");

    private readonly FakeTimeProvider _clock = new();
    private VaultServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await VaultServer.StartAsync();
        _server.Entries["tools/api"] = """{"other":{"value":"no"},"value":"Bearer s\u0065cret","token":"second"}""";
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Fetch_WithAppRole_LogsInOnceAndReads()
    {
        using var vault = Vault();
        Assert.Equal("Bearer secret", await ReadAsync(vault, "tools/api"));
        Assert.Equal("second", await ReadAsync(vault, "tools/api#token"));
        Assert.Equal(1, _server.CallsTo("/login"));
    }

    [Fact]
    public async Task Fetch_WithToken_LooksItUpAndReads()
    {
        using var vault = Vault(TokenLogin());
        Assert.Equal("Bearer secret", await ReadAsync(vault, "tools/api"));
        Assert.Equal(1, _server.CallsTo("/lookup-self"));
    }

    [Fact]
    public async Task Fetch_Concurrently_LogsInOnce()
    {
        using var vault = Vault();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => ReadAsync(vault, "tools/api")));
        Assert.Equal(1, _server.CallsTo("/login"));
    }

    [Theory]
    [InlineData("tools/absent")]
    [InlineData("tools/api#absent")]
    [InlineData("tools/#value")]
    [InlineData("tools/../tools/api")]
    [InlineData("tools")]
    public async Task Fetch_NoSuchSecret_GivesNothing(string path)
    {
        using var vault = Vault();
        Assert.Null(await vault.FetchAsync(SecretReference.Vault(path), default));
    }

    [Fact]
    public async Task Fetch_OtherKind_GivesNothingAndAsksNobody()
    {
        using var vault = Vault();
        Assert.Null(await vault.FetchAsync(new SecretReference(SecretKind.Env, "tools/api"), default));
        Assert.Empty(_server.Calls);
    }

    [Fact]
    public async Task Fetch_WithinTheCacheTime_AsksOnce()
    {
        using var vault = Vault();
        await ReadAsync(vault, "tools/api");
        await ReadAsync(vault, "tools/api");
        Assert.Equal(1, _server.CallsTo("/tools/api"));
        _clock.Advance(TimeSpan.FromSeconds(5));
        await ReadAsync(vault, "tools/api");
        Assert.Equal(2, _server.CallsTo("/tools/api"));
    }

    [Fact]
    public async Task Fetch_TokenRevoked_LogsInAgain()
    {
        using var vault = Vault();
        await ReadAsync(vault, "tools/api#token");
        _server.Tokens.Clear();
        Assert.Equal("Bearer secret", await ReadAsync(vault, "tools/api"));
        Assert.Equal(2, _server.CallsTo("/login"));
    }

    [Fact]
    public async Task Fetch_GivenTokenRevoked_IsRefused()
    {
        using var vault = Vault(TokenLogin());
        await ReadAsync(vault, "tools/api#token");
        _server.Tokens.Clear();
        Assert.Equal(SecretVaultFailure.Refused, await FailureAsync(vault));
        Assert.Equal(SecretVaultFailure.Refused, await FailureAsync(vault));
    }

    [Fact]
    public async Task Fetch_TwoThirdsOfTheLeaseGone_TokenIsRenewed()
    {
        using var vault = Vault();
        await ReadAsync(vault, "tools/api");
        _clock.Advance(TimeSpan.FromSeconds(40));
        await Wait.UntilAsync(() => _server.CallsTo("/renew-self") == 1);
        // The renewed lease runs from the renewal, so the token is still good when the first lease would have ended.
        await ReadAsync(vault, "tools/api#token");
        _clock.Advance(TimeSpan.FromSeconds(39));
        await ReadAsync(vault, "tools/api");
        Assert.Equal(1, _server.CallsTo("/login"));
    }

    [Fact]
    public async Task Fetch_LeaseLapsed_LogsInAgain()
    {
        using var vault = Vault();
        await ReadAsync(vault, "tools/api");
        _server.Misbehaviour = context => Answer(context, 500, "");
        _clock.Advance(TimeSpan.FromSeconds(40));
        await Wait.UntilAsync(() => _server.CallsTo("/renew-self") == 1);
        _server.Misbehaviour = null;
        _clock.Advance(TimeSpan.FromSeconds(60));
        await ReadAsync(vault, "tools/api");
        Assert.Equal(2, _server.CallsTo("/login"));
    }

    [Theory]
    [InlineData(403, """{"errors":["permission denied"]}""", SecretVaultFailure.Refused)]
    [InlineData(400, """{"errors":["bad"]}""", SecretVaultFailure.Refused)]
    [InlineData(307, "", SecretVaultFailure.Refused)]
    [InlineData(429, "", SecretVaultFailure.Unavailable)]
    [InlineData(500, "", SecretVaultFailure.Unavailable)]
    [InlineData(502, "<html>", SecretVaultFailure.Unavailable)]
    [InlineData(503, """{"errors":["Vault is sealed"]}""", SecretVaultFailure.Sealed)]
    [InlineData(503, """{"errors":["node not active"]}""", SecretVaultFailure.Unavailable)]
    [InlineData(200, "<html>hello</html>", SecretVaultFailure.Malformed)]
    [InlineData(200, "", SecretVaultFailure.Malformed)]
    [InlineData(200, "{}", SecretVaultFailure.Malformed)]
    [InlineData(200, """{"auth":{"client_token":"a\r\nX-Evil: 1"}}""", SecretVaultFailure.Malformed)]
    public async Task Fetch_ServerMisbehaves_FailsWithItsKind(int status, string body, SecretVaultFailure expected)
    {
        using var vault = Vault();
        _server.Misbehaviour = context => Answer(context, status, body);
        Assert.Equal(expected, await FailureAsync(vault));
    }

    [Fact]
    public async Task Fetch_SealedAfterLogin_FailsAsSealedAndRecovers()
    {
        using var vault = Vault();
        await ReadAsync(vault, "tools/api#token");
        _server.Misbehaviour = context => Answer(context, 503, """{"errors":["Vault is sealed"]}""");
        Assert.Equal(SecretVaultFailure.Sealed, await FailureAsync(vault));
        _server.Misbehaviour = null;
        Assert.Equal("Bearer secret", await ReadAsync(vault, "tools/api"));
    }

    [Fact]
    public async Task Fetch_AnswerWithoutEnd_IsCut()
    {
        using var vault = Vault();
        var chunk = new byte[64 * 1024];
        _server.Misbehaviour = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
            }
        };
        Assert.Equal(SecretVaultFailure.Malformed, await FailureAsync(vault));
    }

    [Fact]
    public async Task Fetch_ServerNeverAnswers_IsUnavailable()
    {
        using var vault = new KeyValueVault(Options(RoleLogin()) with { Timeout = TimeSpan.FromMilliseconds(200) }, _clock);
        _server.Misbehaviour = context => Task.Delay(Timeout.Infinite, context.RequestAborted);
        Assert.Equal(SecretVaultFailure.Unavailable, await FailureAsync(vault));
    }

    [Fact]
    public async Task Fetch_WrongSecretId_IsRefusedAndTheMessageNamesNoSecret()
    {
        using var vault = Vault(new KeyValueLogin.AppRole(VaultServer.RoleId, () => new VaultSecret("wrong-secret-id"u8)));
        var failure = await Assert.ThrowsAsync<SecretVaultException>(async () => await vault.FetchAsync(Reference, default));
        Assert.Equal(SecretVaultFailure.Refused, failure.Failure);
        Assert.DoesNotContain("wrong-secret-id", failure.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fetch_TokenThatLivesLongerThanATimerWaits_GoesOnBeingGood(bool byRole)
    {
        _server.LeaseSeconds = 366 * 86_400;
        using var vault = new KeyValueVault(Options(byRole ? RoleLogin() : TokenLogin()) with { CacheFor = TimeSpan.Zero }, TimeProvider.System);
        Assert.Equal("Bearer secret", await ReadAsync(vault, "tools/api"));
        Assert.Equal("Bearer secret", await ReadAsync(vault, "tools/api"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hvs.token1\n")]
    [InlineData("hvs.\u00e4")]
    public async Task Fetch_TokenThatIsNone_IsRefusedBeforeAnybodyIsAsked(string token)
    {
        using var vault = Vault(new KeyValueLogin.Token(() => new VaultSecret(Encoding.Latin1.GetBytes(token))));
        Assert.Equal(SecretVaultFailure.Refused, await FailureAsync(vault));
        Assert.Empty(_server.Calls);
    }

    [Fact]
    public async Task Fetch_SecretIdThatIsNoText_IsRefusedBeforeAnybodyIsAsked()
    {
        using var vault = Vault(new KeyValueLogin.AppRole(VaultServer.RoleId, () => new VaultSecret([0xFF])));
        Assert.Equal(SecretVaultFailure.Refused, await FailureAsync(vault));
        Assert.Empty(_server.Calls);
    }

    [Fact]
    public async Task Fetch_LoginThatCannotBeRead_IsUnavailable()
    {
        using var byToken = Vault(new KeyValueLogin.Token(() => throw new FileNotFoundException()));
        using var byRole = Vault(new KeyValueLogin.AppRole(VaultServer.RoleId, () => throw new UnauthorizedAccessException()));
        Assert.Equal(SecretVaultFailure.Unavailable, await FailureAsync(byToken));
        Assert.Equal(SecretVaultFailure.Unavailable, await FailureAsync(byRole));
    }

    [Fact]
    public void Problems_OptionsThatNoCallCouldBeMadeWith_AreNamed()
    {
        var good = Options(RoleLogin());
        Assert.Empty(good.Problems());
        foreach (var bad in (KeyValueVaultOptions[])
        [
            good with { Namespace = "team\r\nX-Vault-Token: other" }, good with { Timeout = TimeSpan.Zero }, good with { Timeout = TimeSpan.MaxValue },
            good with { CacheFor = TimeSpan.FromTicks(-1) }, good with { CacheFor = TimeSpan.FromDays(1) },
        ])
        {
            Assert.Single(bad.Problems());
        }
    }

    [Theory]
    [InlineData("http://vault.example.com:8200")]
    [InlineData("ftp://127.0.0.1")]
    [InlineData("https://user@vault.example.com")]
    public void Construct_AddressThatWouldGiveTheTokenAway_Throws(string address) => Assert.Throws<ArgumentException>(
        () => new KeyValueVault(new KeyValueVaultOptions { Address = new Uri(address), Login = RoleLogin() }, _clock));

    private static Task Answer(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        if (status == 307)
        {
            context.Response.Headers.Location = "http://evil.example/v1/";
        }

        return context.Response.WriteAsync(body);
    }

    private static async Task<string?> ReadAsync(KeyValueVault vault, string path)
    {
        using var secret = await vault.FetchAsync(SecretReference.Vault(path), default);
        return secret is null ? null : Encoding.UTF8.GetString(secret.Value.Span);
    }

    private static async Task<SecretVaultFailure> FailureAsync(KeyValueVault vault) =>
        (await Assert.ThrowsAsync<SecretVaultException>(async () => await vault.FetchAsync(Reference, default))).Failure;

    private static KeyValueLogin.AppRole RoleLogin() => new(VaultServer.RoleId, () => new VaultSecret(Encoding.UTF8.GetBytes(VaultServer.SecretId)));

    private KeyValueLogin.Token TokenLogin()
    {
        var token = Encoding.UTF8.GetBytes(_server.NewToken());
        return new KeyValueLogin.Token(() => new VaultSecret(token));
    }

    private KeyValueVaultOptions Options(KeyValueLogin login) => new() { Address = _server.Address, Login = login };

    private KeyValueVault Vault(KeyValueLogin? login = null) => new(Options(login ?? RoleLogin()), _clock);
}
