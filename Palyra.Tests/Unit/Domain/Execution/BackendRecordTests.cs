using Palyra.Domain.Execution;

namespace Palyra.Tests.Unit.Domain.Execution;

public sealed class BackendRecordTests
{
    private static readonly string[] Tools = ["tool:a", "tool:b"];

    [Theory]
    [InlineData(true)]
    [InlineData(true, "tool:a")]
    [InlineData(true, "TOOL:B", "tool:a")]
    [InlineData(false, "tool:c")]
    [InlineData(false, "tool:a", "tool:c")]
    public void Covers_Required_MeansEveryOne(bool covered, params string[] required) =>
        Assert.Equal(covered, BackendRecord.LocalSandbox(true, IsolationTier.Container, Tools).Covers(required));

    [Theory]
    [InlineData(true, IsolationTier.ProcessSandbox, true)]
    [InlineData(true, IsolationTier.Container, true)]
    [InlineData(true, IsolationTier.Unspecified, false)]
    [InlineData(true, IsolationTier.HostProcess, false)]
    [InlineData(true, IsolationTier.RemoteWorker, false)]
    [InlineData(false, IsolationTier.ProcessSandbox, false)]
    [InlineData(false, IsolationTier.Container, false)]
    public void LocalSandbox_EnabledWithATierItHas_IsOn(bool enabled, IsolationTier tier, bool on)
    {
        var record = BackendRecord.LocalSandbox(enabled, tier, Tools);

        Assert.Equal((on ? BackendState.Available : BackendState.Disabled, on), (record.State, record.Selectable));
        Assert.Equal(on ? tier : IsolationTier.Unspecified, record.Isolation);
        Assert.Equal((0, on ? 1 : 0), (record.ActiveCount, record.TotalCount));
        Assert.False(record.RequiresAttestation || record.RequiresEgressProxy);
    }

    [Theory]
    [InlineData(false, IsolationTier.Container, "off")]
    [InlineData(true, IsolationTier.Container, "Tier C")]
    [InlineData(true, IsolationTier.ProcessSandbox, "Tier B")]
    public void LocalSandbox_Summary_NamesTheTier(bool enabled, IsolationTier tier, string summary) =>
        Assert.Contains(summary, BackendRecord.LocalSandbox(enabled, tier, Tools).OperatorSummary, StringComparison.Ordinal);

    [Theory]
    [InlineData(true, 1, 2, BackendState.Available, 1, 2, "1 of 2")]
    [InlineData(true, 0, 1, BackendState.Degraded, 0, 1, "0 of 1")]
    [InlineData(true, 0, 0, BackendState.Disabled, 0, 0, "0 of 0")]
    [InlineData(true, -1, -1, BackendState.Disabled, 0, 0, "-1 of -1")]
    [InlineData(false, 1, 2, BackendState.Disabled, 1, 2, "off")]
    public void DesktopNode_Counts_GiveStateAndMembers(bool enabled, int healthy, int registered, BackendState state, int active, int total, string summary)
    {
        var record = BackendRecord.DesktopNode(enabled, healthy, registered, Tools);

        Assert.Equal((state, active, total), (record.State, record.ActiveCount, record.TotalCount));
        Assert.Equal((ExecutionBackend.DesktopNode, IsolationTier.HostProcess), (record.Backend, record.Isolation));
        Assert.Contains(summary, record.OperatorSummary, StringComparison.Ordinal);
        Assert.False(record.RequiresAttestation || record.RequiresEgressProxy);
    }

    [Theory]
    [InlineData(true, 1, 2, 3, BackendState.Available, 2, 3, "1 of 3 registered workers are assignable, 2 leased")]
    [InlineData(true, 0, 3, 3, BackendState.Degraded, 3, 3, "0 of 3")]
    [InlineData(true, 0, -1, -1, BackendState.Disabled, 0, 0, "0 of -1")]
    [InlineData(false, 1, 2, 3, BackendState.Disabled, 2, 3, "off")]
    public void NetworkedWorker_Counts_GiveStateAndMembers(bool enabled, int assignable, int leased, int registered, BackendState state, int active, int total, string summary)
    {
        var record = BackendRecord.NetworkedWorker(enabled, assignable, leased, registered, Tools);

        Assert.Equal((state, active, total), (record.State, record.ActiveCount, record.TotalCount));
        Assert.Contains(summary, record.OperatorSummary, StringComparison.Ordinal);
    }

    [Fact]
    public void Decide_WorkerNeededButNotSelectable_RepeatsItsSummary()
    {
        var worker = BackendRecord.NetworkedWorker(true, 0, 1, 1, Tools);

        var denied = BackendDecider.Decide(new BackendRequest(BackendPreference.NetworkedWorker, default, []), [worker]);

        Assert.EndsWith(worker.OperatorSummary, denied.Reason, StringComparison.Ordinal);
    }
}
