using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Palyra.Domain.Capabilities;

/// <summary>Redacts a payload that is JSON, token by token: escapes in keys cannot hide them, and nothing is built up beyond the limit.</summary>
internal static class JsonRedaction
{
    /// <summary>Appends the redacted JSON, compact, and stops once more than <paramref name="limit"/> characters are there.</summary>
    /// <param name="utf8">The payload or its beginning.</param>
    /// <param name="whole">Whether this is the whole payload.</param>
    /// <param name="output">Where to; holds rubbish when the answer is <see langword="false"/>.</param>
    /// <param name="limit">How many characters suffice.</param>
    /// <returns>Whether the payload is JSON as far as it was looked at.</returns>
    internal static bool TryRedact(ReadOnlySpan<byte> utf8, bool whole, StringBuilder output, int limit)
    {
        var reader = new Utf8JsonReader(utf8, whole, default);
        var needsComma = false;
        var secretKey = false;
        int? swallowedDepth = null;
        try
        {
            while (output.Length <= limit && reader.Read())
            {
                var closing = reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray;
                if (swallowedDepth is { } depth)
                {
                    swallowedDepth = closing && reader.CurrentDepth == depth ? null : depth;
                    continue;
                }

                if (needsComma && !closing)
                {
                    output.Append(',');
                }

                if (secretKey)
                {
                    AppendString(SecretWords.Redacted, output);
                    swallowedDepth = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? reader.CurrentDepth : null;
                    (secretKey, needsComma) = (false, true);
                    continue;
                }

                secretKey = AppendToken(ref reader, output);
                needsComma = reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.StartObject or JsonTokenType.StartArray);
            }
        }
        catch (Exception invalid) when (invalid is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string whose escapes or bytes are no text (a lone surrogate, broken UTF-8).
            return false;
        }

        return output.Length > 0;
    }

    /// <returns>Whether the token is a key whose value must not be shown.</returns>
    private static bool AppendToken(ref Utf8JsonReader reader, StringBuilder output)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                var name = reader.GetString()!;
                AppendString(name, output);
                output.Append(':');
                return SecretWords.NamesSecret(name);
            case JsonTokenType.String:
                var redacted = new StringBuilder();
                TextRedaction.Redact(reader.GetString()!, redacted);
                AppendString(redacted.ToString(), output);
                return false;
            default:
                output.Append(Encoding.UTF8.GetString(reader.ValueSpan));
                return false;
        }
    }

    private static void AppendString(string text, StringBuilder output) =>
        output.Append('"').Append(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)).Append('"');
}
