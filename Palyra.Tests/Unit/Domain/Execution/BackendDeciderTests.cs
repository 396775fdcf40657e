using FsCheck.Xunit;
using Palyra.Domain.Execution;

namespace Palyra.Tests.Unit.Domain.Execution;

public sealed class BackendDeciderTests
{
    private static readonly ToolPosture Harmless = ToolPosture.Harmless();
    private static readonly ToolPosture Networking = Harmless with { NetworkEgress = true };

    /// <summary>Sentence → preference, posture, inventory (local tier, node, worker), resolved, fallback, reason code.</summary>
    public static TheoryData<string, BackendPreference, ToolPosture, BackendRecord[], ExecutionBackend, bool, string> Rules => new()
    {
        { "automatic goes to the local sandbox", BackendPreference.Automatic, Harmless, [Local(), Node(), Worker()], ExecutionBackend.LocalSandbox, false, "backend.default.local_sandbox" },
        { "automatic leaves a sandbox that is too weak", BackendPreference.Automatic, ToolPosture.Harmless(IsolationTier.Container), [Local(), Worker()], ExecutionBackend.NetworkedWorker, false, "backend.available.networked_worker" },
        { "automatic is denied when the sandbox is too weak and no worker is there", BackendPreference.Automatic, ToolPosture.Harmless(IsolationTier.Container), [Local(), Worker(assignable: 0)], ExecutionBackend.None, false, "backend.unavailable.networked_worker" },
        { "a container is enough for a container", BackendPreference.Automatic, ToolPosture.Harmless(IsolationTier.Container), [Local(IsolationTier.Container)], ExecutionBackend.LocalSandbox, false, "backend.default.local_sandbox" },
        { "automatic finds another when local does not cover the capability", BackendPreference.Automatic, Harmless, [Local(capability: "other"), Worker()], ExecutionBackend.NetworkedWorker, false, "backend.available.networked_worker" },
        { "automatic takes a node for what may run on a host", BackendPreference.Automatic, ToolPosture.Harmless(IsolationTier.HostProcess), [Local(capability: "other"), Node(), Worker()], ExecutionBackend.DesktopNode, false, "backend.available.desktop_node" },
        { "automatic finds nothing", BackendPreference.Automatic, Harmless, [Local(capability: "other"), Node(healthy: 0)], ExecutionBackend.None, false, "backend.policy.no_matching_backend" },
        { "nothing in the inventory", BackendPreference.Automatic, Harmless, [], ExecutionBackend.None, false, "backend.policy.no_matching_backend" },
        { "a preference nobody stated", BackendPreference.Unspecified, Harmless, [Local(), Node(), Worker()], ExecutionBackend.None, false, "backend.policy.no_matching_backend" },
        { "preferred local", BackendPreference.LocalSandbox, Harmless, [Local()], ExecutionBackend.LocalSandbox, false, "backend.available.local_sandbox" },
        { "preferred node", BackendPreference.DesktopNode, ToolPosture.Harmless(IsolationTier.HostProcess), [Local(), Node()], ExecutionBackend.DesktopNode, false, "backend.available.desktop_node" },
        { "preferred worker", BackendPreference.NetworkedWorker, Harmless, [Local(), Worker()], ExecutionBackend.NetworkedWorker, false, "backend.available.networked_worker" },
        { "worker wanted, none assignable, never local", BackendPreference.NetworkedWorker, Harmless, [Local(), Worker(assignable: 0)], ExecutionBackend.None, false, "backend.unavailable.networked_worker" },
        { "worker wanted, configured off", BackendPreference.NetworkedWorker, Harmless, [Local(), Worker(enabled: false)], ExecutionBackend.None, false, "backend.unavailable.networked_worker" },
        { "worker wanted, not in the inventory", BackendPreference.NetworkedWorker, Harmless, [Local()], ExecutionBackend.None, false, "backend.unavailable.networked_worker" },
        { "worker demanded by egress, automatic", BackendPreference.Automatic, Networking, [Local(IsolationTier.Container), Worker()], ExecutionBackend.NetworkedWorker, false, "backend.available.networked_worker" },
        { "worker demanded by egress, local preferred", BackendPreference.LocalSandbox, Networking, [Local(IsolationTier.Container)], ExecutionBackend.None, false, "backend.unavailable.networked_worker" },
        { "worker demanded by secrets", BackendPreference.Automatic, Harmless with { Secrets = true }, [Local()], ExecutionBackend.None, false, "backend.unavailable.networked_worker" },
        { "worker demanded by untrusted process spawn", BackendPreference.DesktopNode, Harmless with { SpawnsFromUntrustedInput = true }, [Local(), Node()], ExecutionBackend.None, false, "backend.unavailable.networked_worker" },
        { "a posture nobody stated demands a worker", BackendPreference.Automatic, default, [Local(), Node()], ExecutionBackend.None, false, "backend.unavailable.networked_worker" },
        { "node unhealthy falls back to local", BackendPreference.DesktopNode, Harmless, [Local(), Node(healthy: 0)], ExecutionBackend.LocalSandbox, true, "backend.fallback.desktop_node" },
        { "node unhealthy and local off", BackendPreference.DesktopNode, Harmless, [Node(healthy: 0), Worker()], ExecutionBackend.None, false, "backend.policy.no_matching_backend" },
        { "node too weak for the posture", BackendPreference.DesktopNode, Harmless, [Local(), Node()], ExecutionBackend.None, false, "backend.policy.unsatisfied.desktop_node" },
        { "capability not covered by local", BackendPreference.LocalSandbox, Harmless, [Local(capability: "other"), Worker()], ExecutionBackend.None, false, "backend.policy.unsatisfied.local_sandbox" },
        { "capability not covered by worker", BackendPreference.NetworkedWorker, Harmless, [Local(), Worker(capability: "other")], ExecutionBackend.None, false, "backend.policy.unsatisfied.networked_worker" },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Decide_Rule_GivesItsReasonCode(
        string sentence, BackendPreference preference, ToolPosture posture, BackendRecord[] inventory, ExecutionBackend resolved, bool fallback, string code)
    {
        var resolution = BackendDecider.Decide(new BackendRequest(preference, posture, ["TOOL:x"]), inventory);

        Assert.True((resolved, fallback, code) == (resolution.Resolved, resolution.FallbackUsed, resolution.ReasonCode), $"{sentence}: {resolution}");
        Assert.Equal(resolved != ExecutionBackend.LocalSandbox, resolution.ApprovalRequired);
        Assert.Equal(preference, resolution.Requested);
    }

    [Property]
    public void Whatever_demands_a_worker_never_runs_elsewhere(bool egress, bool secrets, bool spawns, BackendPreference preference, bool local, bool node, int assignable)
    {
        var posture = Harmless with { NetworkEgress = egress, Secrets = secrets, SpawnsFromUntrustedInput = spawns };
        var resolution = BackendDecider.Decide(
            new BackendRequest(preference, posture, ["tool:x"]), [Local(enabled: local), Node(healthy: node ? 1 : 0), Worker(assignable: assignable)]);

        Assert.True(!posture.DemandsNetworkedWorker || resolution.Resolved is ExecutionBackend.None or ExecutionBackend.NetworkedWorker);
        Assert.True(resolution.Resolved != ExecutionBackend.NetworkedWorker || assignable > 0);
    }

    [Theory]
    [InlineData(true, 1, 3, BackendState.Available)]
    [InlineData(true, 0, 3, BackendState.Degraded)]
    [InlineData(true, 0, 0, BackendState.Disabled)]
    [InlineData(false, 1, 3, BackendState.Disabled)]
    public void NetworkedWorker_Counts_GiveItsState(bool enabled, int assignable, int registered, BackendState state)
    {
        var record = BackendRecord.NetworkedWorker(enabled, assignable, 0, registered, []);

        Assert.Equal(state, record.State);
        Assert.Equal(state == BackendState.Available, record.Selectable);
        Assert.True(record.RequiresAttestation && record.RequiresEgressProxy);
    }

    [Theory]
    [InlineData(" Networked_Worker ", true, BackendPreference.NetworkedWorker)]
    [InlineData("automatic", true, BackendPreference.Automatic)]
    [InlineData("unspecified", false, BackendPreference.Unspecified)]
    [InlineData(null, false, BackendPreference.Unspecified)]
    [InlineData("ssh_tunnel", false, BackendPreference.Unspecified)]
    public void TryParse_Name_IsStrict(string? text, bool known, BackendPreference preference) =>
        Assert.Equal((known, preference), (BackendPreferences.TryParse(text, out var parsed), parsed));

    private static BackendRecord Local(IsolationTier tier = IsolationTier.ProcessSandbox, string capability = "tool:x", bool enabled = true) =>
        BackendRecord.LocalSandbox(enabled, tier, [capability]);

    private static BackendRecord Node(int healthy = 1, string capability = "tool:x") => BackendRecord.DesktopNode(true, healthy, 1, [capability]);

    private static BackendRecord Worker(int assignable = 1, string capability = "tool:x", bool enabled = true) =>
        BackendRecord.NetworkedWorker(enabled, assignable, 0, 1, [capability]);

    [Fact]
    public void Decide_NoInventory_IsToldWhichArgument() => Assert.Throws<ArgumentNullException>(
        "inventory", () => BackendDecider.Decide(new BackendRequest(BackendPreference.Automatic, ToolPosture.Harmless(), []), null!));
}
