using System.Text;

namespace Palyra.Domain.Capabilities;

/// <summary>
/// A payload as a short text that may be kept and shown: secrets redacted, trimmed, at most 240 characters, longer ones cut to 237 plus
/// <c>...</c>; empty is <see langword="null"/>.
/// </summary>
/// <remarks>Only the first few kilobytes are looked at, so the cost does not depend on the payload's size.</remarks>
public static class PayloadSummary
{
    /// <summary>The longest summary, in characters.</summary>
    public const int MaxLength = 240;

    /// <summary>How many bytes of a payload are looked at.</summary>
    public const int InspectedBytes = 4096;

    private const string Ellipsis = "...";

    /// <summary>The summary of a payload in UTF-8; bytes that are not UTF-8 show as U+FFFD.</summary>
    public static string? Of(ReadOnlySpan<byte> payload)
    {
        var inspected = payload[..Math.Min(payload.Length, InspectedBytes)];
        var redacted = new StringBuilder();
        var whole = inspected.Length == payload.Length;
        if (!JsonRedaction.TryRedact(inspected, whole, redacted, MaxLength))
        {
            redacted.Clear();
            TextRedaction.Redact(Encoding.UTF8.GetString(inspected), redacted);
        }

        return Cut(redacted.ToString(), whole);
    }

    /// <summary>The summary of a text, such as the error a node reports.</summary>
    public static string? OfText(string? text) => string.IsNullOrWhiteSpace(text)
        ? null
        // One character more than is looked at, so that a text cut here does not pass for a whole one.
        : Of(Encoding.UTF8.GetBytes(text[..Math.Min(text.Length, InspectedBytes + 1)]));

    private static string? Cut(string redacted, bool whole)
    {
        var text = redacted.AsSpan().Trim();
        if (text.Length <= MaxLength && whole)
        {
            return text.IsEmpty ? null : text.ToString();
        }

        var length = Math.Min(text.Length, MaxLength - Ellipsis.Length);
        if (length > 0 && char.IsHighSurrogate(text[length - 1]))
        {
            length--;
        }

        return string.Concat(text[..length], Ellipsis);
    }
}
