namespace Palyra.Host.CommandLine;

/// <summary>
/// Text of somebody else, fit for a person's terminal: what a worker or a device wrote must not move the cursor, rename the window or pass for a line of this
/// command's own.
/// </summary>
internal static class Printable
{
    private const char Shown = '\uFFFD';

    /// <summary>One line: every control character (C0, DEL, C1) is replaced.</summary>
    internal static string Line(string text) => Replace(text, static character => char.IsControl(character));

    /// <summary>Lines: every control character is replaced but the one that ends a line.</summary>
    internal static string Lines(string text) => Replace(text, static character => char.IsControl(character) && character != '\n');

    private static string Replace(string text, Func<char, bool> isUnfit) => text.Any(isUnfit)
        ? string.Create(text.Length, (text, isUnfit), static (line, from) =>
        {
            for (var at = 0; at < line.Length; at++)
            {
                line[at] = from.isUnfit(from.text[at]) ? Shown : from.text[at];
            }
        })
        : text;
}
