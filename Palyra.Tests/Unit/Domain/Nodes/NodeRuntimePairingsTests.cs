using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Nodes;

public class NodeRuntimePairingsTests
{
    private static readonly PairingSessionId Session = NodeRuntimes.Session(1);
    private static readonly DeviceId Device = NodeRuntimes.Device(1);

    [Fact]
    public async Task AddVerifiedPairing_Verified_ConsumesTheCode()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await OpenAsync(nodes);

        var request = NodeRuntimes.Accepted(await nodes.Runtime.AddVerifiedPairing(Session, NodeRuntimes.Verified(Device)));

        Assert.Equal((PairingRequestState.PendingApproval, PairingMethod.Pin, "admin:local", pin.ExpiresAt), (request.State, request.Method, request.CodeIssuedBy, request.ExpiresAt));
        Assert.Equal("InvalidPairingCode", (await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).Refusal?.Code);
    }

    [Fact]
    public async Task AddVerifiedPairing_SecondSessionOnTheCode_ComesTooLate()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await OpenAsync(nodes);
        await nodes.Runtime.OpenSession(NodeRuntimes.Session(2), PairingMethod.Pin, pin.Code);
        await nodes.Runtime.AddVerifiedPairing(Session, NodeRuntimes.Verified(Device));

        Assert.Equal("UnknownPairingSession", (await nodes.Runtime.AddVerifiedPairing(NodeRuntimes.Session(2), NodeRuntimes.Verified(Device))).Refusal?.Code);
    }

    [Fact]
    public async Task AddVerifiedPairing_DroppedConnection_LeavesTheCodeUsable()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await OpenAsync(nodes);

        nodes.Runtime.CloseSession(Session);

        Assert.True((await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).IsOk);
    }

    [Fact]
    public async Task AddVerifiedPairing_Twice_IsRefused()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await PendingAsync(nodes);

        Assert.Equal("PairingRequestExists", (await nodes.Runtime.AddVerifiedPairing(Session, NodeRuntimes.Verified(Device))).Refusal?.Code);
    }

    [Fact]
    public async Task AddVerifiedPairing_NoDevice_IsRefusedAndTheCodeKept()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        var pin = await OpenAsync(nodes);

        Assert.Equal("InvalidPairingField", (await nodes.Runtime.AddVerifiedPairing(Session, NodeRuntimes.Verified(default))).Refusal?.Code);
        Assert.True((await nodes.Runtime.CheckCode(PairingMethod.Pin, pin.Code)).IsOk);
    }

    [Fact]
    public async Task Approve_ThenComplete_IsDurable()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await PendingAsync(nodes);

        NodeRuntimes.Accepted(await nodes.Runtime.Approve(Session, Pairings.By()));
        NodeRuntimes.Accepted(await nodes.Runtime.Complete(Session, Pairings.Material));

        var kept = nodes.Store.Copy().PairingRequests[Session];
        Assert.Equal((PairingRequestState.Completed, "admin:local", Pairings.Material), (kept.State, kept.DecidedBy, kept.Material));
        Assert.Equal(nodes.Now, kept.DecidedAt);
    }

    [Fact]
    public async Task Approve_Expired_IsRefusedForGood()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await PendingAsync(nodes);

        nodes.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal("InvalidPairingTransition", (await nodes.Runtime.Approve(Session, Pairings.By())).Refusal?.Code);
        Assert.Equal((PairingRequestState.Expired, "pairing request expired"), State(nodes));
    }

    [Fact]
    public async Task Approved_NeverCollected_Expires()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await PendingAsync(nodes);
        await nodes.Runtime.Approve(Session, Pairings.By(reason: "fine"));

        nodes.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal((PairingRequestState.Expired, "fine"), State(nodes));
    }

    [Fact]
    public async Task Reject_Pending_NeverExpiresAfterwards()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await PendingAsync(nodes);
        await nodes.Runtime.Reject(Session, Pairings.By(reason: "unknown device"));

        nodes.Clock.Advance(TimeSpan.FromDays(2));

        Assert.Equal((PairingRequestState.Rejected, "unknown device"), State(nodes));
    }

    [Fact]
    public async Task Approve_UnknownSession_IsRefused()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();

        Assert.Equal("UnknownPairingRequest", (await nodes.Runtime.Approve(Session, Pairings.By())).Refusal?.Code);
        Assert.False(nodes.Runtime.TryFindPairing(Session, out _));
    }

    [Fact]
    public async Task OpenAsync_RequestsThatRanOutMeanwhile_AreExpiredAndOthersGoOn()
    {
        var before = await NodeRuntimes.OpenAsync();
        await PendingAsync(before);
        before.Clock.Advance(TimeSpan.FromMinutes(9));
        var pin = NodeRuntimes.Accepted(await before.Runtime.MintCode(PairingMethod.Pin, "admin:local"));
        await before.Runtime.OpenSession(NodeRuntimes.Session(2), PairingMethod.Pin, pin.Code);
        await before.Runtime.AddVerifiedPairing(NodeRuntimes.Session(2), NodeRuntimes.Verified(Device));
        await before.DisposeAsync();
        before.Clock.Advance(TimeSpan.FromMinutes(5));

        await using var after = await NodeRuntimes.OpenAsync(store: before.Store, clock: before.Clock);

        Assert.Equal(PairingRequestState.Expired, after.Store.Copy().PairingRequests[Session].State);
        Assert.Equal([PairingRequestState.Expired, PairingRequestState.PendingApproval], after.Runtime.ListPairings().Select(request => request.State));
        after.Clock.Advance(TimeSpan.FromMinutes(5));
        Assert.All(after.Store.Copy().PairingRequests.Values, request => Assert.Equal(PairingRequestState.Expired, request.State));
    }

    [Fact]
    public async Task TryFindPairing_ItsExpiryIsLost_ReadsAsExpiredAllTheSame()
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        await PendingAsync(nodes);
        nodes.Store.IsBroken = true;
        nodes.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal(PairingRequestState.PendingApproval, State(nodes).State);

        Assert.True(nodes.Runtime.TryFindPairing(Session, out var request) && request.State == PairingRequestState.Expired);
        Assert.Equal(PairingRequestState.Expired, Assert.Single(nodes.Runtime.ListPairings()).State);
    }

    private static (PairingRequestState State, string? Reason) State(NodeRuntimes nodes)
    {
        var kept = nodes.Store.Copy().PairingRequests[Session];
        return (kept.State, kept.DecisionReason);
    }

    private static async Task<PairingCode> OpenAsync(NodeRuntimes nodes)
    {
        var pin = NodeRuntimes.Accepted(await nodes.Runtime.MintCode(PairingMethod.Pin, "admin:local"));
        NodeRuntimes.Accepted(await nodes.Runtime.OpenSession(Session, PairingMethod.Pin, pin.Code));
        return pin;
    }

    private static async Task PendingAsync(NodeRuntimes nodes)
    {
        await OpenAsync(nodes);
        NodeRuntimes.Accepted(await nodes.Runtime.AddVerifiedPairing(Session, NodeRuntimes.Verified(Device)));
    }
}
