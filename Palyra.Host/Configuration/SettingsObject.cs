using System.Text.Json;

namespace Palyra.Host.Configuration;

/// <summary>Reads the members of one structured value by type. Whatever is of another type, out of range or unknown is complained about: a misspelt limit must not be a missing one.</summary>
internal sealed class SettingsObject : ISettingMembers
{
    private readonly JsonElement _value;
    private readonly string _path;
    private readonly Action<string> _complain;
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Anything but an object is complained about and reads as an empty one.</summary>
    internal SettingsObject(JsonElement value, string path, Action<string> complain)
    {
        (_value, _path, _complain) = (value, path, complain);
        if (value.ValueKind != JsonValueKind.Object)
        {
            complain($"{path} must be an object.");
            return;
        }

        foreach (var repeated in value.EnumerateObject().CountBy(member => member.Name).Where(members => members.Value > 1))
        {
            complain($"{path}.{repeated.Key} is set {repeated.Value} times.");
        }
    }

    public bool Flag(string name, bool otherwise = false) => Read<bool?>(name, otherwise, "true or false", static value => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    })!.Value;

    internal string? Text(string name) => Read<string>(name, null, "text", static value => value.ValueKind == JsonValueKind.String ? value.GetString() : null);

    public IReadOnlyList<string>? Texts(string name) => Read<string[]>(name, null, "a list of texts", static value =>
        value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? value.EnumerateArray().Select(item => item.GetString()!).ToArray()
            : null);

    public long Number(string name, long otherwise, long least, long most) => Read<long?>(name, otherwise, $"a whole number from {least} to {most}", value =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least && number <= most ? number : null)!.Value;

    public IReadOnlyList<int>? Ports(string name) => Read(name, null, PortList.Expected, PortList.Read);

    /// <summary>A member that is an object itself; absent when nobody set it.</summary>
    internal SettingsObject? Object(string name)
    {
        _known.Add(name);
        return TryGet(name, out var member) ? new SettingsObject(member, $"{_path}.{name}", _complain) : null;
    }

    /// <summary>The members of a list of objects.</summary>
    internal IReadOnlyList<SettingsObject> Objects(string name)
    {
        _known.Add(name);
        if (!TryGet(name, out var list))
        {
            return [];
        }

        if (list.ValueKind != JsonValueKind.Array)
        {
            _complain($"{_path}.{name} must be a list of objects.");
            return [];
        }

        return [.. list.EnumerateArray().Select((item, at) => new SettingsObject(item, $"{_path}.{name}[{at}]", _complain))];
    }

    public void Complain(string name, string problem) => _complain($"{_path}.{name} {problem}");

    /// <summary>Complains about this object as a whole.</summary>
    internal void Complain(string message) => _complain($"{_path} {message}");

    /// <summary>Complains about every member that nothing asked for.</summary>
    internal void RefuseUnknown()
    {
        foreach (var member in _value.ValueKind == JsonValueKind.Object ? _value.EnumerateObject().Where(member => !_known.Contains(member.Name)) : [])
        {
            _complain($"there is no setting {_path}.{member.Name}; known are {string.Join(", ", _known)}.");
        }
    }

    private T? Read<T>(string name, T? otherwise, string expected, Func<JsonElement, T?> parse)
    {
        _known.Add(name);
        if (!TryGet(name, out var member))
        {
            return otherwise;
        }

        if (parse(member) is { } value)
        {
            return value;
        }

        _complain($"{_path}.{name} must be {expected}.");
        return otherwise;
    }

    private bool TryGet(string name, out JsonElement member)
    {
        member = default;
        return _value.ValueKind == JsonValueKind.Object && _value.TryGetProperty(name, out member);
    }
}
