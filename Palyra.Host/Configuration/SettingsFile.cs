using System.Text;
using System.Text.Json;

namespace Palyra.Host.Configuration;

/// <summary>Reads <c>palyra.json</c> into dotted names, each with the line it stands on. Comments and trailing commas are allowed.</summary>
internal static class SettingsFile
{
    private const long MaxBytes = 1 << 20;
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 16 };

    /// <summary>Adds the file's settings, or says what is wrong with it and where.</summary>
    internal static void Read(string path, ICollection<Setting> settings, ICollection<string> errors)
    {
        byte[] bytes;
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
            {
                errors.Add($"{path}: larger than 1 MiB.");
                return;
            }

            bytes = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{path}: {failure.Message}");
            return;
        }

        try
        {
            Walk(path, bytes, settings, errors);
        }
        catch (JsonException malformed)
        {
            errors.Add($"{path}:{(malformed.LineNumber ?? 0) + 1}: not valid JSON.");
        }
        catch (InvalidOperationException misshapen)
        {
            errors.Add($"{path}: {misshapen.Message}");
        }
    }

    private static void Walk(string file, byte[] bytes, ICollection<Setting> settings, ICollection<string> errors)
    {
        var json = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes.AsSpan(3) : bytes.AsSpan();
        RefuseBrokenTexts(json);
        var reader = new Utf8JsonReader(json, Options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new InvalidOperationException("expected one JSON object.");
        }

        var (sections, seen) = (new Stack<string>(), new HashSet<string>(StringComparer.Ordinal));
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                if (!sections.TryPop(out _))
                {
                    break;
                }

                continue;
            }

            var name = reader.GetString()!;
            var line = json[..(int)reader.TokenStartIndex].Count((byte)'\n') + 1;
            reader.Read();
            var path = string.Join('.', sections.Reverse().Append(name));
            if (!seen.Add(path))
            {
                errors.Add($"{file}:{line}: {path} is set a second time.");
            }

            // `tools` maps names of people's own choosing, so each of them is one value and not a section.
            if (reader.TokenType == JsonTokenType.StartObject && !(sections.TryPeek(out var section) && section == ToolSettings.Section))
            {
                sections.Push(name);
                continue;
            }

            var value = JsonElement.ParseValue(ref reader);
            settings.Add(new Setting(path, value, $"{file}:{line}"));
        }

        if (reader.Read())
        {
            throw new InvalidOperationException("expected nothing after the JSON object.");
        }
    }

    /// <summary>Half a surrogate pair is valid JSON and no text: nobody who reads a value later expects that.</summary>
    private static void RefuseBrokenTexts(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Options);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String)
            {
                _ = reader.GetString();
            }
        }
    }
}
