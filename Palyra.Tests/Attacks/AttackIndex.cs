using System.Text;

namespace Palyra.Tests.Attacks;

/// <summary>Prints the corpus as a page: one table a room, one line an attack.</summary>
internal static class AttackIndex
{
    private static readonly Dictionary<string, string> Refused = new(StringComparer.Ordinal)
    {
        ["attestation"] = "An attestation that is not exactly what the policy trusts makes no worker.",
        ["capability"] = "A node may do, and report, only what was asked of it.",
        ["egress"] = "A URL, method, address, budget or credential that the policy does not allow is never dialled.",
        ["identity"] = "A certificate that is not this gateway's, or no longer counts, speaks for nobody.",
        ["lease"] = "A lease is had by one worker for one run, in time, and by nobody with an older one.",
        ["node_rpc"] = "A message is taken only from the device it names, once.",
        ["pairing"] = "A handshake that was bent at any step pairs no device.",
        ["pairing_code"] = "A pairing code is good once, for a while, and a person decides once.",
        ["persistence"] = "A file that was tampered with is refused, and never overwritten.",
        ["proxy"] = "A message that is not strict HTTP/1.1, or has no live lease behind it, ends at the proxy.",
        ["secret_echo"] = "An injected secret that the origin sends back does not reach the worker.",
    };

    internal static IReadOnlyCollection<string> Rooms => Refused.Keys;

    internal static string Markdown()
    {
        var attacks = AttackCase.All().Select(attack => (attack.Room, Case: AttackCase.Load(attack.Room, attack.Id))).ToArray();
        var text = new StringBuilder("# The attack corpus\n\n");
        text.Append($"{attacks.Length} attacks, each a file under `Palyra.Tests/Attacks/Cases`, each a test: `dotnet test --filter Attacks`.\n");
        text.Append("This page is made from them: `PALYRA_APPROVE=1 dotnet test --filter AttackIndexTests`.\n\n");
        Summary(text, attacks);
        foreach (var room in attacks.GroupBy(attack => attack.Room).OrderBy(room => room.Key, StringComparer.Ordinal))
        {
            text.Append($"\n## {room.Key}\n\n{Refused.GetValueOrDefault(room.Key)}\n\n| attack | severity | audit surface | code |\n| --- | --- | --- | --- |\n");
            foreach (var (_, attack) in room.OrderBy(attack => attack.Case.Id, StringComparer.Ordinal))
            {
                text.Append($"| `{attack.Id}` | {attack.Severity} | `{attack.AuditSurface}` | `{attack.ExpectedRefusal}` |\n");
            }
        }

        return text.ToString();
    }

    private static void Summary(StringBuilder text, (string Room, AttackCase Case)[] attacks)
    {
        text.Append("| room | attacks | critical | high | medium | what is refused |\n| --- | --- | --- | --- | --- | --- |\n");
        foreach (var room in attacks.GroupBy(attack => attack.Room).OrderBy(room => room.Key, StringComparer.Ordinal))
        {
            int Of(string severity) => room.Count(attack => attack.Case.Severity == severity);
            text.Append($"| [{room.Key}](#{room.Key}) | {room.Count()} | {Of("critical")} | {Of("high")} | {Of("medium")} | {Refused.GetValueOrDefault(room.Key)} |\n");
        }
    }
}
