using Palyra.Domain.Audit;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

public class NodeRuntimeCodesTests
{
    [Fact]
    public async Task MintCode_SixtyFour_AreAllDifferentAndTheNextIsRefused()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var codes = new HashSet<string>();
        for (var i = 0; i < PairingCodeDecider.MaxActiveCodes; i++)
        {
            Assert.True(codes.Add((await MintAsync(nodes)).Code));
        }

        Assert.Equal("TooManyPairingCodes", (await nodes.Runtime.MintCode(PairingMethod.Pin, "admin")).Refusal?.Code);
    }

    [Fact]
    public async Task MintCode_DrawOfAnActiveCode_IsDrawnAgain()
    {
        await using var nodes = await NodeRuntimes.OpenAsync(entropy: new RepeatingEntropy());

        Assert.NotEqual((await MintAsync(nodes)).Code, (await MintAsync(nodes)).Code);
    }

    [Fact]
    public async Task MintCode_AfterOthersExpired_HasRoomAgain()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        for (var i = 0; i < PairingCodeDecider.MaxActiveCodes; i++)
        {
            await MintAsync(nodes);
        }

        nodes.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.True((await nodes.Runtime.MintCode(PairingMethod.Pin, "admin")).IsOk);
        Assert.Single(nodes.Store.Copy().Codes);
    }

    [Fact]
    public async Task Code_Expires_WithoutAnybodyAsking()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await MintAsync(nodes);

        nodes.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Empty(nodes.Store.Copy().Codes);
    }

    [Fact]
    public async Task CheckCode_FiveWrongWithinAMinute_InvalidateEveryPinAndNoQr()
    {
        var audit = new MemoryAuditSink();
        await using var nodes = await NodeRuntimes.OpenAsync(audit: audit);
        var pin = await MintAsync(nodes);
        var qr = await MintAsync(nodes, PairingMethod.Qr);

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin))).Refusal?.Code);
        }

        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).Refusal?.Code);
        Assert.True((await nodes.Runtime.CheckCode(PairingMethod.Qr, qr.Code)).IsOk);
        var record = Assert.Single(audit.Records);
        Assert.Equal(("pairing.codes_invalidated", AuditOutcome.Denied), (record.Event, record.Outcome));
        Assert.Equal([qr.Code], nodes.Store.Copy().Codes.Keys);
    }

    [Fact]
    public async Task CheckCode_FiveWrongAndTheStoreIsBroken_InvalidateEveryPinAllTheSame()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);
        Assert.True((await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code)).IsOk);
        for (var i = 0; i < 4; i++)
        {
            await nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin));
        }

        nodes.Store.IsBroken = true;
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin)));

        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).Refusal?.Code);
        Assert.Equal("UnknownPairingSession", (await nodes.Runtime.ProveCode(NodeRuntimes.Session(1), pin.Code)).Refusal?.Code);
        Assert.Empty(nodes.Runtime.ListCodes());

        // The right code was one wrong one more by then.
        for (var i = 0; i < 3; i++)
        {
            await nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin));
        }

        await Assert.ThrowsAsync<NodeRuntimeStoreException>(async () => await nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin)));
        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).Refusal?.Code);

        // Tried again until the store takes it, however often it fails.
        nodes.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Single(nodes.Store.Copy().Codes);
        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).Refusal?.Code);
        nodes.Store.IsBroken = false;
        nodes.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(nodes.Store.Copy().Codes);
        Assert.True((await nodes.Runtime.CheckCode(PairingMethod.Pin, (await MintAsync(nodes)).Code)).IsOk);
    }

    [Fact]
    public async Task CheckCode_FiveWrongWhileAPinIsUsedUpAndBothAreLost_InvalidateThatPinToo()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);
        Assert.True((await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code)).IsOk);
        nodes.Store.IsHolding = true;
        var used = nodes.Runtime.AddVerifiedPairing(NodeRuntimes.Session(1), NodeRuntimes.Verified(NodeRuntimes.Device(1))).AsTask();
        for (var i = 0; i < 4; i++)
        {
            await nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin));
        }

        var fifth = nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin)).AsTask();
        nodes.Store.Lose();
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => used);
        await Assert.ThrowsAsync<NodeRuntimeStoreException>(() => fifth);

        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).Refusal?.Code);
    }

    [Fact]
    public async Task CheckCode_FourWrongThenAMinute_LeavesThePin()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);
        for (var i = 0; i < 4; i++)
        {
            await nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin));
        }

        nodes.Clock.Advance(TimeSpan.FromMinutes(1));
        await nodes.Runtime.CheckCode(PairingMethod.Pin, Wrong(pin));

        Assert.True((await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).IsOk);
    }

    [Fact]
    public async Task CheckCode_WrongMethod_LeavesTheCodeInPlace()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);

        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Qr, pin.Code)).Refusal?.Code);
        Assert.True((await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).IsOk);
    }

    [Fact]
    public async Task OpenSession_FourthOnOneCode_IsRefusedUntilOneEnds()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);
        for (var i = 1; i <= 3; i++)
        {
            Assert.True((await nodes.Runtime.OpenSession(NodeRuntimes.Session(i), PairingMethod.Pin, pin.Code)).IsOk);
        }

        Assert.Equal("TooManyPairingSessions", (await nodes.Runtime.OpenSession(NodeRuntimes.Session(4), PairingMethod.Pin, pin.Code)).Refusal?.Code);
        nodes.Runtime.CloseSession(NodeRuntimes.Session(2));
        Assert.True((await nodes.Runtime.OpenSession(NodeRuntimes.Session(4), PairingMethod.Pin, pin.Code)).IsOk);
    }

    [Fact]
    public async Task OpenSession_SameIdTwice_IsRefused()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);
        await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code);

        Assert.False((await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code)).IsOk);
    }

    [Fact]
    public async Task ProveCode_TheSessionsOwn_IsAcceptedAndOthersAreNot()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await MintAsync(nodes);
        var other = await MintAsync(nodes);
        await nodes.Runtime.OpenSession(NodeRuntimes.Session(1), PairingMethod.Pin, pin.Code);

        Assert.True((await nodes.Runtime.ProveCode(NodeRuntimes.Session(1), pin.Code)).IsOk);
        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.ProveCode(NodeRuntimes.Session(1), other.Code)).Refusal?.Code);
        Assert.Equal("UnknownPairingSession", (await nodes.Runtime.ProveCode(NodeRuntimes.Session(2), pin.Code)).Refusal?.Code);
    }

    [Fact]
    public async Task ListCodes_Expired_AreNotThere()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await MintAsync(nodes);
        await nodes.Runtime.MintCode(PairingMethod.Qr, "admin", TimeSpan.FromHours(1));

        nodes.Clock.Advance(TimeSpan.FromMinutes(30));

        Assert.Equal(PairingMethod.Qr, Assert.Single(nodes.Runtime.ListCodes()).Method);
    }

    private static async Task<PairingCode> MintAsync(NodeRuntimes nodes, PairingMethod method = PairingMethod.Pin) =>
        NodeRuntimes.Accepted(await nodes.Runtime.MintCode(method, "admin:local"));

    private static string Wrong(PairingCode pin) => pin.Code == "000000" ? "000001" : "000000";
}
