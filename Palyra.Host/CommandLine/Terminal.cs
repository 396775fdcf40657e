using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace Palyra.Host.CommandLine;

/// <summary>Where a command writes: plain text or JSON lines to standard output, complaints to standard error, colour only on a terminal that wants it.</summary>
internal sealed class Terminal
{
    private Terminal(bool json)
    {
        Json = json;
        Interactive = !json && !Console.IsOutputRedirected;
        Colour = Interactive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        Ansi = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Colour ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = Colour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = Interactive ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(Console.Out),
        });
        if (!Interactive)
        {
            // In a pipe there is no width to fit: tables are never wrapped for a script that reads them.
            Ansi.Profile.Width = 400;
        }
    }

    /// <summary>Whether the person asked for JSON.</summary>
    internal bool Json { get; }

    /// <summary>Whether progress may be shown: standard output is a terminal and JSON was not asked for.</summary>
    internal bool Interactive { get; }

    /// <summary>Whether colour may be used: a terminal, and <c>NO_COLOR</c> unset or empty.</summary>
    internal bool Colour { get; }

    /// <summary>The console for tables and colour; plain text when colour is off.</summary>
    internal IAnsiConsole Ansi { get; }

    internal TextWriter Out { get; } = Console.Out;

    internal TextWriter Error { get; } = Console.Error;

    internal static Terminal For(ParseResult parsed) => new(GlobalOptions.WantsJson(parsed));

    /// <summary>Does something that may take a while. A person at a terminal sees that it goes on; a pipe sees nothing.</summary>
    internal Task<T> WhileAsync<T>(string what, Func<Task<T>> work) =>
        Interactive && Ansi.Profile.Capabilities.Ansi ? Ansi.Status().StartAsync(Markup.Escape(what), _ => work()) : work();

    /// <summary>One JSON object a line, flushed at once.</summary>
    internal void WriteJson(Action<Utf8JsonWriter> members) => JsonLine.Write(Out, members);

    /// <summary>A line of plain text.</summary>
    internal void WriteLine(string text) => Out.WriteLine(text);
}
