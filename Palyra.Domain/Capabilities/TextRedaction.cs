using System.Buffers;
using System.Text;

namespace Palyra.Domain.Capabilities;

/// <summary>
/// Redacts free text in one pass from left to right, in time linear in its length: values after a key that names a secret, bearer and basic
/// credentials, and of a URL the userinfo and everything after the host.
/// </summary>
/// <remarks>When in doubt it hides too much.</remarks>
internal static class TextRedaction
{
    private static readonly SearchValues<string> Triggers = SearchValues.Create(
        [
            "://", "bearer", "basic", "password", "passwd", "secret", "token", "api_key", "api-key", "apikey", "authorization", "cookie", "credential",
            "private_key", "private-key", "privatekey",
        ],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<char> EndOfUrl = SearchValues.Create(" \t\r\n\"'<>`\\{}|^");
    private static readonly SearchValues<char> EndOfAuthority = SearchValues.Create("/?#");
    private static readonly SearchValues<char> EndOfBareValue = SearchValues.Create(" \t\r\n&");
    private static readonly SearchValues<char> EndOfMember = SearchValues.Create("\r\n\"");

    /// <summary>Appends the text, redacted; control characters become spaces.</summary>
    internal static void Redact(ReadOnlySpan<char> text, StringBuilder output)
    {
        while (!text.IsEmpty)
        {
            var at = text.IndexOfAny(Triggers);
            if (at < 0)
            {
                AppendPlain(text, output);
                return;
            }

            AppendPlain(text[..at], output);
            text = text[at..];
            text = text.StartsWith("://", StringComparison.Ordinal) ? text[RedactUrl(text, output)..]
                : IsScheme(text, out var scheme) ? text[RedactCredential(text, scheme, output)..]
                : text[RedactKey(text, output)..];
        }
    }

    private static bool IsScheme(ReadOnlySpan<char> text, out int length)
    {
        length = text.StartsWith("bearer", StringComparison.OrdinalIgnoreCase) ? 6 : text.StartsWith("basic", StringComparison.OrdinalIgnoreCase) ? 5 : 0;
        return length > 0;
    }

    /// <summary><c>://user:pw@host:443/path?query</c> → <c>://&lt;redacted&gt;@host:443/&lt;redacted&gt;</c>.</summary>
    private static int RedactUrl(ReadOnlySpan<char> text, StringBuilder output)
    {
        const int Separator = 3;
        output.Append(text[..Separator]);
        var rest = text[Separator..];
        var length = rest.IndexOfAny(EndOfUrl) is var end && end < 0 ? rest.Length : end;
        var url = rest[..length];
        var authorityLength = url.IndexOfAny(EndOfAuthority) is var slash && slash < 0 ? url.Length : slash;
        var authority = url[..authorityLength];
        var host = authority[(authority.LastIndexOf('@') + 1)..];
        if (host.Length < authority.Length)
        {
            output.Append(SecretWords.Redacted).Append('@');
        }

        // A password with a slash in it makes the beginning of the userinfo look like a host: when in doubt the host is hidden too.
        output.Append(IsHostAndPort(host) && !url[authorityLength..].Contains('@') ? host : SecretWords.Redacted);
        if (url.Length > authorityLength + 1)
        {
            output.Append(url[authorityLength]).Append(SecretWords.Redacted);
        }
        else
        {
            output.Append(url[authorityLength..]);
        }

        return Separator + length;
    }

    private static bool IsHostAndPort(ReadOnlySpan<char> text)
    {
        var colon = text.EndsWith("]", StringComparison.Ordinal) ? -1 : text.LastIndexOf(':');
        var port = colon < 0 ? [] : text[(colon + 1)..];
        var host = colon < 0 ? text : text[..colon];
        if (host.StartsWith("[", StringComparison.Ordinal))
        {
            return !port.ContainsAnyExceptInRange('0', '9') && host.EndsWith("]", StringComparison.Ordinal);
        }

        return !port.ContainsAnyExceptInRange('0', '9') && !host.Contains(':');
    }

    /// <summary><c>Bearer abc</c> → <c>Bearer &lt;redacted&gt;</c>; the word alone stays.</summary>
    private static int RedactCredential(ReadOnlySpan<char> text, int scheme, StringBuilder output)
    {
        output.Append(text[..scheme]);
        var rest = text[scheme..];
        var blank = rest.Length - rest.TrimStart(" \t+:=").Length;
        if (blank == 0)
        {
            return scheme;
        }

        output.Append(rest[..blank]);
        var length = ValueLength(rest[blank..], assigned: true);
        if (length > 0)
        {
            output.Append(SecretWords.Redacted);
        }

        return scheme + blank + length;
    }

    /// <summary><c>api_key=abc</c>, <c>"token": "abc"</c>, <c>Cookie: a=b; c=d</c> → the value redacted; a word that is followed by no value stays.</summary>
    private static int RedactKey(ReadOnlySpan<char> text, StringBuilder output)
    {
        var key = 0;
        while (key < text.Length && (char.IsLetterOrDigit(text[key]) || text[key] is '_' or '-' or '.'))
        {
            key++;
        }

        var separator = key;
        while (separator < text.Length && text[separator] is ' ' or '\t' or '"' or '\'' or '\\' or ']')
        {
            separator++;
        }

        if (separator >= text.Length || text[separator] is not (':' or '='))
        {
            AppendPlain(text[..key], output);
            return key;
        }

        var start = separator + 1;
        while (start < text.Length && text[start] is ' ' or '\t' or '=' or ':' or '>')
        {
            start++;
        }

        AppendPlain(text[..start], output);
        output.Append(SecretWords.Redacted);
        var isHeader = text[separator] == ':' && !text[key..separator].ContainsAny('"', '\'');
        return start + (isHeader ? LineLength(text[start..]) : ValueLength(text[start..], text[separator] == '='));
    }

    private static int ValueLength(ReadOnlySpan<char> value, bool assigned)
    {
        if (value.IsEmpty)
        {
            return 0;
        }

        if (value[0] is '{' or '[')
        {
            return value.Length;
        }

        var escapes = value.IndexOfAnyExcept('\\');
        if (escapes >= 0 && value[escapes] is '"' or '\'')
        {
            return QuotedLength(value, escapes, value[escapes]);
        }

        var end = value.IndexOfAny(assigned ? EndOfBareValue : EndOfMember);
        return end < 0 ? value.Length : end;
    }

    /// <summary>The value of a header, which is the rest of its line with whatever quotes stand in it.</summary>
    private static int LineLength(ReadOnlySpan<char> value) => value.IndexOfAny('\r', '\n') is var end && end < 0 ? value.Length : end;

    /// <summary>The length of a quoted value; the closing quote is the next one with no more backslashes before it than the opening one had.</summary>
    private static int QuotedLength(ReadOnlySpan<char> value, int escapes, char quote)
    {
        var backslashes = 0;
        for (var i = escapes + 1; i < value.Length; i++)
        {
            if (value[i] == quote && backslashes <= escapes)
            {
                return i + 1;
            }

            backslashes = value[i] == '\\' ? backslashes + 1 : 0;
        }

        return value.Length;
    }

    private static void AppendPlain(ReadOnlySpan<char> text, StringBuilder output)
    {
        foreach (var character in text)
        {
            output.Append(char.IsControl(character) ? ' ' : character);
        }
    }
}
