using System.Text;
using System.Text.Json;
using Palyra.Domain.Egress;
using Palyra.Host.Egress;

namespace Palyra.Tests.Attacks;

/// <summary>
/// Attacks on the egress verdict. The input is a line as <c>egress check --stdin</c> reads it: <c>line</c> as an object, or <c>raw</c> as text that
/// may not even be JSON.
/// </summary>
public class EgressAttacks
{
    private const string Room = "egress";

    public static TheoryData<string> Attacks => AttackCase.Of(Room);

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Attack_IsRefusedWithItsCode(string id)
    {
        var attack = AttackCase.Load(Room, id);
        var verdict = Judge(attack.Input);
        Assert.False(verdict.Allowed);
        Assert.Equal(attack.ExpectedRefusal, verdict.ReasonCode);
        Assert.Empty(verdict.Addresses);
        Assert.Empty(verdict.InjectedHeaderNames);
    }

    private static EgressVerdict Judge(JsonElement input)
    {
        var line = input.TryGetProperty("raw", out var raw) ? raw.GetString()! : input.GetProperty("line").GetRawText();
        return CheckLineReader.Read(Encoding.UTF8.GetBytes(line), out var check) is { } malformed ? EgressVerdict.Deny(malformed) : check!.Judge();
    }
}
