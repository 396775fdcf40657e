using System.Text;
using System.Text.Json;
using Palyra.Host.Replay;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Host;

public class FleetReplayTests
{
    private const string Attestation =
        """{"worker_id":"w-1","image_digest_sha256":"i","build_digest_sha256":"b","artifact_digest_sha256":"a","egress_proxy_attested":true,"supported_capabilities":["tool:palyra.echo"],"issued_at_unix_ms":1000,"expires_at_unix_ms":100000}""";

    private const string Register = $$"""{"op":"register","now_unix_ms":2000,"attestation":{{Attestation}}}""";

    private const string Request =
        """{"run_id":"run-1","ttl_ms":500,"required_capabilities":["TOOL:palyra.echo"],"workspace_scope":{"workspace_root":"/w","allowed_paths":["src"],"read_only":true},"artifact_transport":{"input_manifest_sha256":"i","output_manifest_sha256":"o","log_stream_id":"l","scratch_directory_id":"s"},"grant":{"grant_id":"g-1","run_id":"run-1","tool_name":"palyra.echo","expires_at_unix_ms":9000}}""";

    [Fact]
    public async Task Replay_OneLife_WritesOneExactLineAnAct()
    {
        var lines = await ReplayAsync(
            Register,
            $$"""{"op":"assign_next","now_unix_ms":2500,"request":{{Request}}}""",
            """{"op":"start","now_unix_ms":2600,"worker_id":"W-1"}""",
            """{"op":"renew","now_unix_ms":2700,"worker_id":"w-1","ttl_ms":900}""",
            """{"op":"complete","now_unix_ms":2800,"worker_id":"w-1","cleanup":{"removed_workspace_scope":true,"removed_artifacts":true,"removed_logs":true}}""");
        Assert.Equal(
            """{"seq":0,"ok":{"worker_id":"w-1","state":"registered","reason_code":"worker.registered","timestamp_unix_ms":2000},"snapshot":{"registered_workers":1,"attested_workers":1,"active_leases":0,"available_workers":1,"busy_workers":0,"degraded_workers":0,"draining_workers":0,"offline_workers":0,"orphaned_workers":0,"failed_closed_workers":0},"workers":{"w-1":{"state":"registered","last_heartbeat_unix_ms":2000}}}""",
            lines[0]);
        Assert.Equal(
            """{"seq":1,"ok":{"lease_id":"00000000000000000000000001","worker_id":"w-1","run_id":"run-1","expires_at_unix_ms":3000,"fencing_token":1,"required_capabilities":["TOOL:palyra.echo"],"workspace_scope":{"workspace_root":"/w","allowed_paths":["src"],"read_only":true},"artifact_transport":{"input_manifest_sha256":"i","output_manifest_sha256":"o","log_stream_id":"l","scratch_directory_id":"s"},"grant":{"grant_id":"g-1","run_id":"run-1","tool_name":"palyra.echo","expires_at_unix_ms":9000}},"snapshot":{"registered_workers":1,"attested_workers":1,"active_leases":1,"available_workers":0,"busy_workers":1,"degraded_workers":0,"draining_workers":0,"offline_workers":0,"orphaned_workers":0,"failed_closed_workers":0},"workers":{"w-1":{"state":"assigned","last_heartbeat_unix_ms":2000,"lease":{"run_id":"run-1","expires_at_unix_ms":3000,"fencing_token":1}}}}""",
            lines[1]);
        Assert.Contains("\"ok\":{\"worker_id\":\"w-1\",\"state\":\"busy\",\"run_id\":\"run-1\",\"reason_code\":\"worker.started\"", lines[2], StringComparison.Ordinal);
        Assert.Contains("\"lease\":{\"run_id\":\"run-1\",\"expires_at_unix_ms\":3600,\"fencing_token\":1}", lines[3], StringComparison.Ordinal);
        Assert.Contains("\"reason_code\":\"worker.completed\",\"timestamp_unix_ms\":2800", lines[4], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "InvalidJson")]
    [InlineData("[]", "InvalidJson")]
    [InlineData("{\"op\":\"reap\",\"op\":\"reap\",\"now_unix_ms\":1}", "InvalidJson")]
    [InlineData("{\"op\":\"explode\",\"now_unix_ms\":1}", "UnknownOperation")]
    [InlineData("{\"now_unix_ms\":1}", "InvalidMember")]
    [InlineData("{\"op\":\"reap\"}", "InvalidMember")]
    [InlineData("{\"op\":\"reap\",\"now_unix_ms\":\"1\"}", "InvalidMember")]
    [InlineData("{\"op\":\"heartbeat\",\"now_unix_ms\":1}", "InvalidMember")]
    [InlineData("{\"op\":\"heartbeat\",\"now_unix_ms\":1,\"worker_id\":\"\"}", "UnknownWorker")]
    [InlineData("{\"op\":\"renew\",\"now_unix_ms\":1,\"worker_id\":\"w-1\",\"ttl_ms\":-1}", "InvalidMember")]
    [InlineData("{\"op\":\"complete\",\"now_unix_ms\":1,\"worker_id\":\"w-1\",\"lease_id\":\"no ulid\",\"cleanup\":{\"removed_workspace_scope\":true,\"removed_artifacts\":true,\"removed_logs\":true}}", "LeaseMismatch")]
    public async Task Replay_BadLine_IsAnErrorResultAndTheReplayGoesOn(string bad, string code)
    {
        var lines = await ReplayAsync(Register, bad, """{"op":"heartbeat","now_unix_ms":2100,"worker_id":"w-1"}""");
        using var result = JsonDocument.Parse(lines[1]);
        Assert.Equal(code, result.RootElement.GetProperty("err").GetProperty("code").GetString());
        Assert.Contains("\"last_heartbeat_unix_ms\":2000", lines[1], StringComparison.Ordinal);
        Assert.Contains("\"last_heartbeat_unix_ms\":2100", lines[2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"worker_id\":null,")]
    [InlineData("\"worker_id\":\"  \",")]
    public async Task Replay_AttestationWithoutAWorkerId_IsRefusedByTheFirstCheck(string member)
    {
        var attestation = Attestation.Replace("\"worker_id\":\"w-1\",", member, StringComparison.Ordinal);
        var lines = await ReplayAsync($$"""{"op":"register","now_unix_ms":2000,"attestation":{{attestation}}}""");
        Assert.Contains("\"code\":\"MissingWorkerId\"", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_WorkspaceThatDoesNotSay_IsReadOnly()
    {
        var request = Request.Replace(",\"read_only\":true", "", StringComparison.Ordinal);
        var lines = await ReplayAsync(Register, $$"""{"op":"assign_next","now_unix_ms":2500,"request":{{request}}}""");
        Assert.DoesNotContain("read_only", request, StringComparison.Ordinal);
        Assert.Contains("\"read_only\":true", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_LineOverTheLimit_IsAnErrorResultAndTheReplayGoesOn()
    {
        var lines = await ReplayAsync(new string(' ', FleetReplay.MaxLineBytes * 3), Register);
        Assert.Equal(2, lines.Length);
        Assert.Contains("LineTooLong", lines[0], StringComparison.Ordinal);
        Assert.Contains("worker.registered", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replay_RequireSigned_RefusesUnsignedAlsoAfterANewPolicyAndAReset()
    {
        var lines = await ReplayAsync(
            true,
            Register,
            """{"op":"set_policy","now_unix_ms":1,"policy":{"max_ttl_ms":1,"heartbeat_timeout_ms":1,"trusted_capabilities":[],"attestation":{"require_egress_proxy":false}}}""",
            Register,
            """{"op":"reset","now_unix_ms":1}""",
            Register);
        foreach (var line in new[] { lines[0], lines[2], lines[4] })
        {
            Assert.Contains("UnsignedAttestation", line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Replay_Reset_EmptiesTheFleetAndItsMemory()
    {
        var lines = await ReplayAsync(
            Register,
            """{"op":"quarantine","now_unix_ms":2100,"worker_id":"w-1","reason_code":"op.test"}""",
            """{"op":"reset","now_unix_ms":2200}""",
            Register,
            """{"op":"recent_events","now_unix_ms":2200}""");
        Assert.Contains("\"ok\":[]", lines[2], StringComparison.Ordinal);
        Assert.Contains("worker.registered", lines[3], StringComparison.Ordinal);
        Assert.DoesNotContain("op.test", lines[4], StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Command_FileThatIsNotThere_ExitsTwo()
    {
        var finished = await PalyraProcess.RunAsync("replay", "fleet", Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString()));
        Assert.Equal(2, finished.ExitCode);
        Assert.Empty(finished.Output);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Command_LogOnStandardInput_AnswersEveryLine()
    {
        var finished = await PalyraProcess.RunAsync(Register + "\nnot json\n", ["replay", "fleet", "-"]);
        Assert.Equal(0, finished.ExitCode);
        Assert.Equal(2, finished.Lines.Length);
    }

    private static Task<string[]> ReplayAsync(params string[] lines) => ReplayAsync(false, lines);

    private static async Task<string[]> ReplayAsync(bool requireSigned, params string[] lines)
    {
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(string.Join('\n', lines)));
        using var output = new MemoryStream();
        await FleetReplay.RunAsync(input, output, requireSigned, CancellationToken.None);
        return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
