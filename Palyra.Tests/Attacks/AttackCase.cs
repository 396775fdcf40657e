using System.Text.Json;

namespace Palyra.Tests.Attacks;

/// <summary>
/// One attack of the corpus: a JSON file under <c>Attacks/Cases/&lt;room&gt;/&lt;id&gt;.json</c> with the members <c>id</c>, <c>severity</c> (critical, high, medium),
/// <c>audit_surface</c>, <c>expected_refusal</c> (the exact code) and <c>input</c> (whatever the room's own test reads).
/// </summary>
public sealed record AttackCase(string Id, string Severity, string AuditSurface, string ExpectedRefusal, JsonElement Input)
{
    private static readonly string[] Severities = ["critical", "high", "medium"];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Attacks", "Cases");

    /// <summary>The ids of a room's attacks, as the data of a theory: one test an attack.</summary>
    public static TheoryData<string> Of(string room) =>
        [.. Directory.EnumerateFiles(Path.Combine(Folder, room), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal)];

    /// <summary>All attacks of all rooms.</summary>
    public static IEnumerable<(string Room, string Id)> All() =>
        from room in Directory.EnumerateDirectories(Folder)
        from file in Directory.EnumerateFiles(room, "*.json")
        select (Path.GetFileName(room)!, Path.GetFileNameWithoutExtension(file)!);

    /// <summary>Reads one attack; a file that lacks a member or carries another id fails its test.</summary>
    public static AttackCase Load(string room, string id)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, room, $"{id}.json")));
        var root = document.RootElement;
        var attack = new AttackCase(
            Text(root, "id"), Text(root, "severity"), Text(root, "audit_surface"), Text(root, "expected_refusal"), root.GetProperty("input").Clone());
        Assert.Equal(id, attack.Id);
        Assert.Contains(attack.Severity, Severities);
        return attack;
    }

    private static string Text(JsonElement root, string name)
    {
        var text = root.GetProperty(name).GetString();
        Assert.False(string.IsNullOrWhiteSpace(text), $"{name} is empty.");
        return text!;
    }
}
