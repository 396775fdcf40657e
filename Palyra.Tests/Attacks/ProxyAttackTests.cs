using Palyra.Tests.Adapters.Egress.Proxy;

namespace Palyra.Tests.Attacks;

/// <summary>Attacks on the egress proxy over raw sockets: by what a worker sends, and by what an origin answers.</summary>
public sealed class ProxyAttackTests
{
    private const int Budget = 16 * 1024;

    public static TheoryData<string> Cases => AttackCase.Of("proxy");

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Attack_is_refused_with_its_exact_code(string id)
    {
        var attack = AttackCase.Load("proxy", id);
        if (attack.Input.TryGetProperty("request", out var request))
        {
            await AttackAsWorkerAsync(attack, request.GetString()!);
        }
        else
        {
            await AttackAsOriginAsync(attack, attack.Input.GetProperty("answer").GetString()!);
        }
    }

    private static async Task AttackAsWorkerAsync(AttackCase attack, string request)
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            // Never answers and never ends: whatever comes back is the proxy's own.
            await self.NextAsync(peer);
            self.Heads.Enqueue(await peer.ReadToEndAsync());
        });
        var token = world.Open(ProxyWorld.Reaching(origin));
        await using var worker = await world.ConnectAsync();
        await worker.SendAsync(request
            .Replace("{host}", origin.Authority, StringComparison.Ordinal)
            .Replace("{port}", origin.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{token}", token, StringComparison.Ordinal)
            .Replace("{token-1}", token[..^1], StringComparison.Ordinal));
        var answer = await worker.ReadAnswerAsync();

        Assert.Equal((attack.Input.GetProperty("status").GetInt32(), attack.ExpectedRefusal), (answer.Status, answer.Reason));
        if (answer.Status is 400 or 431)
        {
            // Nothing behind a malformed head or body is ever read as a request.
            Assert.Equal("close", answer["Connection"]);
            Assert.Equal("", await worker.ReadToEndAsync());
        }

        Assert.DoesNotContain(origin.Heads, head => head.Contains("smuggled", StringComparison.Ordinal));
        Assert.True(attack.AuditSurface == "proxy.request.body" || origin.Connections == 0, "The origin was reached.");
        await StillServesAsync(world);
    }

    private static async Task AttackAsOriginAsync(AttackCase attack, string sent)
    {
        await using var world = await ProxyWorld.StartAsync();
        await using var origin = new ScriptedOrigin(async (peer, self) =>
        {
            await self.NextAsync(peer);
            await peer.SendAsync(sent);
        });
        var token = world.Open(ProxyWorld.Reaching(origin) with { MaxResponseBytes = Budget });
        await using var worker = await world.ConnectAsync();
        await worker.SendAsync(ProxyWorld.Get($"http://{origin.Authority}/", token));
        var answer = await ReadOrNullAsync(worker);

        // Refused whole, unless part of it was out already: then cut, never ended as if it were complete.
        var mayBeCut = attack.Input.GetProperty("status").GetInt32() == 200;
        Assert.True(answer is null ? mayBeCut : answer.Status == 502, answer?.Head);
        Assert.Equal(attack.ExpectedRefusal, answer?.Reason ?? attack.ExpectedRefusal);
        Assert.Equal(attack.ExpectedRefusal, (await world.RecordAsync()).ReasonCode);
        await StillServesAsync(world);
    }

    private static async Task<Answer?> ReadOrNullAsync(RawPeer worker)
    {
        try
        {
            return await worker.ReadAnswerAsync();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task StillServesAsync(ProxyWorld world)
    {
        await using var origin = ScriptedOrigin.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        var policy = Palyra.Domain.Egress.Policies.EgressPolicy.Compile(ProxyWorld.Reaching(origin));
        var token = world.Leases.Open("w-honest", policy).Token;
        Assert.Equal("ok", (await world.AskAsync(ProxyWorld.Get($"http://{origin.Authority}/", token))).Body);
    }
}
