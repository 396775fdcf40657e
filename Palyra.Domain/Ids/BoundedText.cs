using System.Text;

namespace Palyra.Domain.Ids;

/// <summary>The shape shared by ids that are free text: not empty, at most so many UTF-8 bytes, no control characters.</summary>
internal static class BoundedText
{
    internal static bool TryTrim(string? text, int maxBytes, out string trimmed)
    {
        trimmed = "";
        // A trimmed text cannot be judged by its raw length, but ten times the limit in raw characters is hostile: refused unread.
        if (text is null || text.Length > maxBytes * 10)
        {
            return false;
        }

        var candidate = text.AsSpan().Trim();
        if (!IsBounded(candidate, maxBytes))
        {
            return false;
        }

        trimmed = candidate.Length == text.Length ? text : candidate.ToString();
        return true;
    }

    /// <summary>Whether a text is of that shape as it is, without trimming: not only space, within the limit, no control characters.</summary>
    internal static bool IsBounded(ReadOnlySpan<char> text, int maxBytes)
    {
        if (text.IsWhiteSpace() || text.Length > maxBytes || Encoding.UTF8.GetByteCount(text) > maxBytes)
        {
            return false;
        }

        foreach (var character in text)
        {
            if (char.IsControl(character))
            {
                return false;
            }
        }

        return true;
    }
}
