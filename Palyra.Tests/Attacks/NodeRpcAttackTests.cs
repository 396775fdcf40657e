using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Domain.Ids;
using Palyra.Tests.Adapters.Grpc.Gate;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Attacks;

/// <summary>
/// Attacks on the node port, over TLS. Input: <c>method</c>, <c>certificate</c> (whose the caller presents), <c>device_id</c> (<c>other</c> or a text; by default the
/// caller's own), <c>replay</c>, and the <c>status</c> the call must end with.
/// </summary>
public class NodeRpcAttackTests
{
    public static TheoryData<string> Cases => AttackCase.Of("node_rpc");

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Attack_IsRefusedWithItsCode(string id)
    {
        var attack = AttackCase.Load("node_rpc", id);
        await using var host = await GateHost.StartAsync();
        var gateway = host.Gateway;
        var device = TestGateway.NewDeviceId();
        using var certificate = Present(gateway, device, attack.Input.GetProperty("certificate").GetString()!);
        using var channel = gateway.Connect(host.EndPoint, certificate);
        var named = attack.Input.TryGetProperty("device_id", out var text) ? text.GetString()! : device.ToString();
        if (named == "other")
        {
            var other = TestGateway.NewDeviceId();
            gateway.Pair(other).Dispose();
            named = other.ToString();
        }

        var replay = attack.Input.TryGetProperty("replay", out var kind) ? Replay(kind.GetString()!, gateway.Now.Milliseconds) : null;
        var call = GatedCalls.All[attack.Input.GetProperty("method").GetString()!];
        if (kind.ValueKind != System.Text.Json.JsonValueKind.Undefined && kind.GetString() == "replayed")
        {
            await call(channel, named, replay);
        }

        var thrown = await Assert.ThrowsAsync<RpcException>(() => call(channel, named, replay));
        Assert.Equal(attack.Input.GetProperty("status").GetString(), thrown.StatusCode.ToString());
        Assert.StartsWith(attack.ExpectedRefusal + ":", thrown.Status.Detail, StringComparison.Ordinal);
    }

    private static X509Certificate2? Present(TestGateway gateway, DeviceId device, string kind)
    {
        switch (kind)
        {
            case "none":
                return null;
            case "own":
                return gateway.Pair(device);
            case "unknown":
                return gateway.Issue(device).Certificate;
            case "server":
                return gateway.Certificates.Server;
            case "self_signed":
                using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
                {
                    return new CertificateRequest($"CN=Palyra Device {device}, O=Palyra", key, HashAlgorithmName.SHA256)
                        .CreateSelfSigned(DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddHours(1));
                }

            case "other_authority":
                using (var elsewhere = new TestGateway())
                {
                    gateway.Pair(device).Dispose();
                    return elsewhere.Pair(device);
                }

            case "revoked":
                var revoked = gateway.Pair(device);
                Assert.True(gateway.Registry.Revoke(device, "lost", gateway.Now).IsOk);
                return revoked;
            case "replaced":
                var replaced = gateway.Pair(device);
                gateway.Pair(device).Dispose();
                return replaced;
            case "expired":
                var expired = gateway.Pair(device);
                gateway.Clock.Advance(TimeSpan.FromHours(24));
                return expired;
            case "not_yet_valid":
                var early = gateway.Pair(device);
                gateway.Clock.AdjustTime(gateway.Clock.GetUtcNow().AddMinutes(-6));
                return early;
            default:
                throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such certificate.");
        }
    }

    private static ReplayProtection Replay(string kind, long now) => kind switch
    {
        "replayed" => new() { Nonce = "once", TimestampUnixMs = now },
        "stale" => new() { Nonce = "n", TimestampUnixMs = now - 300_001 },
        "future" => new() { Nonce = "n", TimestampUnixMs = now + 300_001 },
        "end_of_time" => new() { Nonce = "n", TimestampUnixMs = long.MaxValue },
        "empty_nonce" => new() { TimestampUnixMs = now },
        "long_nonce" => new() { Nonce = new string('n', 100_000), TimestampUnixMs = now },
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such replay."),
    };
}
