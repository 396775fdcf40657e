using System.Text.Json;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Attacks;

/// <summary>Attacks on pairing codes, pairing requests and capability requests: steps against a runtime, of which the last is refused.</summary>
public class NodeRuntimeAttackTests
{
    private PairingCode? _minted;
    private CapabilityRequestId _request = Changes.RequestId(1);

    public static TheoryData<string> PairingCodes => AttackCase.Of("pairing_code");

    public static TheoryData<string> Capabilities => AttackCase.Of("capability");

    [Theory]
    [MemberData(nameof(PairingCodes))]
    public Task PairingCode(string id) => RunAsync(AttackCase.Load("pairing_code", id));

    [Theory]
    [MemberData(nameof(Capabilities))]
    public Task Capability(string id) => RunAsync(AttackCase.Load("capability", id));

    private async Task RunAsync(AttackCase attack)
    {
        await using var nodes = await NodeRuntimes.OpenAsync();
        Refusal? last = null;
        foreach (var step in attack.Input.GetProperty("steps").EnumerateArray())
        {
            last = await ActAsync(nodes, step);
        }

        Assert.Equal(attack.ExpectedRefusal, last?.Code);
    }

    private async Task<Refusal?> ActAsync(NodeRuntimes nodes, JsonElement step)
    {
        var runtime = nodes.Runtime;
        var session = NodeRuntimes.Session(Number(step, "session", 1));
        var device = NodeRuntimes.Device(Number(step, "device", 1));
        switch (step.GetProperty("act").GetString())
        {
            case "mint":
                var minted = await runtime.MintCode(Method(step), "admin");
                _minted = minted.ValueOrDefault ?? _minted;
                return minted.Refusal;
            case "check":
                return (await runtime.CheckCode(Method(step), Code(step))).Refusal;
            case "open":
                return (await runtime.OpenSession(session, _minted!.Method, Code(step))).Refusal;
            case "prove":
                return (await runtime.ProveCode(session, Code(step))).Refusal;
            case "add":
                return (await runtime.AddVerifiedPairing(session, NodeRuntimes.Verified(device))).Refusal;
            case "approve":
                return (await runtime.Approve(session, Decision(step))).Refusal;
            case "reject":
                return (await runtime.Reject(session, Decision(step))).Refusal;
            case "collect":
                return (await runtime.Complete(session, Pairings.Material)).Refusal;
            case "advance":
                nodes.Clock.Advance(TimeSpan.FromMilliseconds(Number(step, "ms", 0)));
                return null;
            case "register":
                var offered = Enumerable.Range(0, Number(step, "count", 1)).Select(i => new NodeCapability(i == 0 ? NodeRuntimes.Echo : $"c{i}", true));
                return (await runtime.RegisterNode(device, Text(step, "platform", "linux"), offered)).Refusal;
            case "connect":
                return runtime.Connect(device).Refusal;
            case "withdraw":
                return (await runtime.SetCapability(device, NodeRuntimes.Echo, false)).Refusal;
            case "touch":
                return (await runtime.Touch(device, Text(step, "event", ""))).Refusal;
            case "revoke":
                await runtime.RejectDevice(device);
                return null;
            case "enqueue":
                return await EnqueueAsync(nodes, step);
            case "complete":
                return (await runtime.Complete(_request, device, Flag(step, "success"), new byte[Number(step, "bytes", 0)], null)).Refusal;
            case "await":
                return (await runtime.MarkAwaiting(_request, device)).Refusal;
            case "accept":
                return (await runtime.MarkAccepted(_request, device)).Refusal;
            case "cancel":
                return (await runtime.Cancel(_request)).Refusal;
            default:
                throw new ArgumentException($"unknown act {step}");
        }
    }

    private async Task<Refusal?> EnqueueAsync(NodeRuntimes nodes, JsonElement step)
    {
        Refusal? last = null;
        for (var i = 0; i < Number(step, "times", 1); i++)
        {
            var queued = await nodes.Runtime.Enqueue(
                NodeRuntimes.Device(Number(step, "device", 1)), Text(step, "capability", NodeRuntimes.Echo), new byte[Number(step, "bytes", 0)],
                (ulong)Number(step, "max", 0), nodes.Now.AddMilliseconds((long)Number(step, "deadline_ms", 300_000)));
            _request = queued.ValueOrDefault?.Id ?? _request;
            last = queued.Refusal;
        }

        return last;
    }

    private string Code(JsonElement step) => step.GetProperty("code").GetString() switch
    {
        "minted" => _minted!.Code,
        "wrong" => _minted!.Code == "000000" ? "000001" : "000000",
        "fullwidth" => string.Concat(_minted!.Code.Select(digit => (char)(digit - '0' + '\uff10'))),
        "nul" => _minted!.Code + "\0",
        "huge" => new string('0', 1_000_000),
        _ => "",
    };

    private static PairingMethod Method(JsonElement step) => Enum.Parse<PairingMethod>(step.GetProperty("method").GetString()!, ignoreCase: true);

    private static PairingDecision Decision(JsonElement step) => new(
        Text(step, "by", "admin"), "because", step.TryGetProperty("scope_ttl_ms", out var ttl) ? ttl.GetInt64() : null);

    private static int Number(JsonElement step, string name, int otherwise) => step.TryGetProperty(name, out var value) ? value.GetInt32() : otherwise;

    private static string Text(JsonElement step, string name, string otherwise) => step.TryGetProperty(name, out var value) ? value.GetString()! : otherwise;

    private static bool Flag(JsonElement step, string name) => !step.TryGetProperty(name, out var value) || value.GetBoolean();
}
