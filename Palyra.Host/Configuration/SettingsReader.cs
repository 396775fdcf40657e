using System.Net;
using System.Text.Json;

namespace Palyra.Host.Configuration;

/// <summary>Reads settings by type. Every mistake is collected with its place, so that a person sees all of them at once.</summary>
internal sealed class SettingsReader
{
    private readonly Dictionary<string, Setting> _settings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Later settings win over earlier ones of the same name.</summary>
    internal SettingsReader(IEnumerable<Setting> settings)
    {
        foreach (var setting in settings)
        {
            _settings[setting.Name] = setting;
        }
    }

    internal List<string> Errors { get; } = [];

    internal string? Text(string name, string? otherwise) => Read(name, otherwise, "text",
        static value => value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null);

    internal bool Flag(string name, bool otherwise) => Read<bool?>(name, otherwise, "true or false", static value => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String when bool.TryParse(value.GetString(), out var flag) => flag,
        _ => null,
    })!.Value;

    internal long Number(string name, long otherwise, long least, long most) => Read<long?>(name, otherwise, $"a whole number from {least} to {most}", value =>
        (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number))
        || (value.ValueKind == JsonValueKind.String && long.TryParse(value.GetString(), out number))
            ? number >= least && number <= most ? number : null
            : null)!.Value;

    internal IPEndPoint Endpoint(string name, string otherwise) => Read(name, IPEndPoint.Parse(otherwise), "an address and port such as 127.0.0.1:7143", static value =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Contains(':', StringComparison.Ordinal)
            && IPEndPoint.TryParse(text.Replace("localhost", "127.0.0.1", StringComparison.OrdinalIgnoreCase), out var endpoint) ? endpoint : null)!;

    internal IReadOnlyList<string> Texts(string name, IReadOnlyList<string> otherwise) => Texts(name) ?? otherwise;

    /// <summary>Every setting whose name begins so, as members by the rest of their names.</summary>
    internal ISettingMembers Section(string prefix) => new Members(this, prefix);

    /// <summary>Complains about a setting, at its place.</summary>
    internal void Complain(string name, string problem) => Errors.Add($"{_settings.GetValueOrDefault(name)?.Origin ?? "by default"}: {name} {problem}");

    private IReadOnlyList<string>? Texts(string name) => Read<IReadOnlyList<string>>(name, null, "a list of texts", static value => value.ValueKind switch
    {
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) => [.. value.EnumerateArray().Select(item => item.GetString()!)],
        JsonValueKind.String => value.GetString()!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => null,
    });

    /// <summary>A structured value and its place; absent when nobody set it.</summary>
    internal Setting? Raw(string name)
    {
        _known.Add(name);
        return _settings.GetValueOrDefault(name);
    }

    /// <summary>Every setting whose name begins so, by the rest of its name.</summary>
    internal IReadOnlyList<(string Name, Setting Setting)> Under(string prefix)
    {
        var found = _settings.Values.Where(setting => setting.Name.StartsWith(prefix, StringComparison.Ordinal)).ToArray();
        _known.UnionWith(found.Select(setting => setting.Name));
        return [.. found.Select(setting => (setting.Name[prefix.Length..], setting))];
    }

    /// <summary>Complains about every setting that nothing asked for: a misspelt limit must not be a missing one.</summary>
    internal void RefuseUnknown()
    {
        foreach (var setting in _settings.Values.Where(setting => !_known.Contains(setting.Name)))
        {
            Errors.Add($"{setting.Origin}: there is no setting {setting.Name}.");
        }
    }

    private T? Read<T>(string name, T? otherwise, string expected, Func<JsonElement, T?> parse)
    {
        _known.Add(name);
        if (!_settings.TryGetValue(name, out var setting))
        {
            return otherwise;
        }

        if (parse(setting.Value) is { } value)
        {
            return value;
        }

        Errors.Add($"{setting.Origin}: {name} must be {expected}.");
        return otherwise;
    }

    private sealed class Members(SettingsReader reader, string prefix) : ISettingMembers
    {
        public bool Flag(string name, bool otherwise) => reader.Flag(prefix + name, otherwise);

        public long Number(string name, long otherwise, long least, long most) => reader.Number(prefix + name, otherwise, least, most);

        public IReadOnlyList<string>? Texts(string name) => reader.Texts(prefix + name);

        public IReadOnlyList<int>? Ports(string name) => reader.Read(prefix + name, null, PortList.Expected, PortList.Read);

        public void Complain(string name, string problem) => reader.Complain(prefix + name, problem);
    }
}
