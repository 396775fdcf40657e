using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

/// <summary>A code that is drawn again has nothing of the one that read so before, and what the store lost is as if it had never been.</summary>
public class NodeRuntimeCodeLifeTests
{
    private static readonly TimeSpan HalfALife = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task MintCode_SamePinAsOneInvalidated_HasItsOwnLifeAndSessions()
    {
        await using var nodes = await NodeRuntimes.OpenAsync(entropy: new RepeatingEntropy());
        var first = await MintAsync(nodes);
        Assert.True((await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, first.Code)).IsOk);
        await InvalidateAsync(nodes);
        nodes.Clock.Advance(HalfALife);
        var second = await MintAsync(nodes);
        Assert.Equal(first.Code, second.Code);

        Assert.Equal("UnknownPairingSession", (await nodes.Runtime.ProveCode(NodeRuntimes.Session(1), second.Code)).Refusal?.Code);
        nodes.Clock.Advance(HalfALife);
        Assert.Single(nodes.Store.Copy().Codes);
        nodes.Clock.Advance(HalfALife);
        Assert.Empty(nodes.Store.Copy().Codes);
    }

    [Fact]
    public async Task MintCode_SamePinAsOneLost_HasItsOwnLife()
    {
        await using var nodes = await NodeRuntimes.OpenAsync(entropy: new RepeatingEntropy());
        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.MintCode(PairingMethod.Pin, "admin"));
        nodes.Store.IsBroken = false;
        nodes.Clock.Advance(HalfALife);
        await MintAsync(nodes);

        nodes.Clock.Advance(HalfALife);
        Assert.Single(nodes.Store.Copy().Codes);
        nodes.Clock.Advance(HalfALife);
        Assert.Empty(nodes.Store.Copy().Codes);
    }

    [Fact]
    public async Task CheckCode_InvalidationIsLost_SaysSoAndTheTimerTriesAgain()
    {
        var audit = new MemoryAuditSink();
        await using var nodes = await NodeRuntimes.OpenAsync(audit: audit);
        var pin = await MintAsync(nodes);
        Assert.True((await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code)).IsOk);
        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => InvalidateAsync(nodes));
        nodes.Store.IsBroken = false;

        Assert.Single(audit.Records);
        Assert.Equal("UnknownPairingSession", (await nodes.Runtime.ProveCode(NodeRuntimes.Session(1), pin.Code)).Refusal?.Code);
        nodes.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(nodes.Store.Copy().Codes);
    }

    [Fact]
    public async Task ProveCode_FiveWrongWithinAMinute_InvalidateEveryPin()
    {
        var audit = new MemoryAuditSink();
        await using var nodes = await NodeRuntimes.OpenAsync(audit: audit);
        var pin = await MintAsync(nodes);
        Assert.True((await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code)).IsOk);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("InvalidPairingCode", (await nodes.Runtime.ProveCode(NodeRuntimes.Session(1), "no code")).Refusal?.Code);
        }

        Assert.Equal("UnknownPairingSession", (await nodes.Runtime.ProveCode(NodeRuntimes.Session(1), pin.Code)).Refusal?.Code);
        Assert.Equal(["5", "60000", "1"], Assert.Single(audit.Records).Fields.Select(field => field.Value));
    }

    [Fact]
    public async Task Code_ItsExpiryIsLost_IsWorthlessFromThatInstantAllTheSame()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);
        Assert.True((await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code)).IsOk);
        LoseExpiry(nodes);

        Assert.Empty(nodes.Runtime.ListCodes());
        Assert.Equal("UnknownPairingSession", (await nodes.Runtime.ProveCode(NodeRuntimes.Session(1), pin.Code)).Refusal?.Code);
        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).Refusal?.Code);
        Assert.Equal(
            "UnknownPairingSession", (await nodes.Runtime.AddVerifiedPairing(NodeRuntimes.Session(1), NodeRuntimes.Verified(NodeRuntimes.Device(1)))).Refusal?.Code);
    }

    [Fact]
    public async Task MintCode_ExpiryOfOthersIsLost_RemovesThemFirst()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        for (var i = 0; i < PairingCodeDecider.MaxActiveCodes; i++)
        {
            await MintAsync(nodes);
        }

        LoseExpiry(nodes);

        var code = await MintAsync(nodes);
        Assert.Equal([code.Code], nodes.Store.Copy().Codes.Keys);
    }

    [Fact]
    public async Task MintCode_RefusedWhileOthersHaveExpired_LeavesThemToTheTimer()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await MintAsync(nodes);
        LoseExpiry(nodes);

        Assert.Equal("InvalidPairingField", (await nodes.Runtime.MintCode(PairingMethod.Pin, "")).Refusal?.Code);
        Assert.Single(nodes.Store.Copy().Codes);
        nodes.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Empty(nodes.Store.Copy().Codes);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 1)]
    public async Task OpenAsync_CodesFromBefore_GoOnUntilTheyExpire(int milliseconds, int kept)
    {
        var before = await NodeRuntimes.OpenAsync();
        await MintAsync(before);
        await before.DisposeAsync();
        before.Clock.Advance(HalfALife + HalfALife + TimeSpan.FromMilliseconds(milliseconds));

        await using var after = await NodeRuntimes.OpenAsync(store: before.Store, clock: before.Clock);

        Assert.Equal(kept, after.Store.Copy().Codes.Count);
        after.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Empty(after.Store.Copy().Codes);
    }

    [Fact]
    public async Task CheckCode_Closed_Throws()
    {
        var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);
        await nodes.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code));
    }

    private static async Task<PairingCode> MintAsync(NodeRuntimes nodes) => NodeRuntimes.Accepted(await nodes.Runtime.MintCode(PairingMethod.Pin, "admin:local"));

    private static async Task InvalidateAsync(NodeRuntimes nodes)
    {
        for (var i = 0; i < WrongCodeWindow.Limit; i++)
        {
            Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, "no code")).Refusal?.Code);
        }
    }

    /// <summary>The codes have expired to the millisecond, and the store could not be told.</summary>
    private static void LoseExpiry(NodeRuntimes nodes)
    {
        nodes.Store.IsBroken = true;
        nodes.Clock.Advance(HalfALife + HalfALife);
        Assert.NotEmpty(nodes.Store.Copy().Codes);
        nodes.Store.IsBroken = false;
    }
}
