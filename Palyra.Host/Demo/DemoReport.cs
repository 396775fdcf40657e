using System.Diagnostics;
using Palyra.Host.CommandLine;
using Spectre.Console;

namespace Palyra.Host.Demo;

/// <summary>Runs the steps of the demonstration one after another and prints each as it ends: a line for a person, or one JSON object.</summary>
internal sealed class DemoReport(Terminal terminal)
{
    private const int NameWidth = 22;
    private int _steps;

    /// <summary>Whether every step so far did what it must.</summary>
    internal bool Ok { get; private set; } = true;

    internal void Begin(string title)
    {
        if (!terminal.Json)
        {
            terminal.WriteLine(title);
            terminal.WriteLine("");
        }
    }

    /// <summary>Runs one step. Its text says what was seen; an exception is what was not. After a failed step nothing more runs.</summary>
    internal async Task StepAsync(string name, Func<Task<string>> step)
    {
        if (!Ok)
        {
            return;
        }

        var started = Stopwatch.GetTimestamp();
        string detail;
        try
        {
            detail = await step();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            Ok = false;
            detail = failure is DemoExpectationException or CommandFailureException
                ? failure.Message
                : $"{failure.GetType().Name}: {failure.Message.Split('\n', 2)[0].TrimEnd()}";
        }

        _steps++;
        Print(name, detail, (long)Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    /// <summary>The last line.</summary>
    internal void End(string stateRoot, bool kept, IReadOnlyList<string> files)
    {
        if (terminal.Json)
        {
            terminal.WriteJson(json =>
            {
                json.WriteBoolean("ok", Ok);
                json.WriteNumber("steps", _steps);
                json.WriteString("state_root", stateRoot);
            });
            return;
        }

        terminal.WriteLine("");
        terminal.WriteLine(Ok ? $"All {_steps} steps did what they must." : $"Step {_steps} did not do what it must; nothing after it ran.");
        terminal.WriteLine(kept ? $"State files in {stateRoot}:" : $"State files were in {stateRoot} (removed; --keep leaves them):");
        foreach (var file in files)
        {
            terminal.WriteLine("  " + file);
        }
    }

    private void Print(string name, string detail, long milliseconds)
    {
        if (terminal.Json)
        {
            terminal.WriteJson(json =>
            {
                json.WriteString("step", name);
                json.WriteBoolean("ok", Ok);
                json.WriteString("detail", detail);
                json.WriteNumber("duration_ms", milliseconds);
            });
            return;
        }

        var mark = (Ok, terminal.Colour) switch
        {
            (true, true) => "[green]ok  [/]",
            (true, false) => "ok  ",
            (false, true) => "[red]FAIL[/]",
            (false, false) => "FAIL",
        };
        var line = $"{Markup.Escape(name.PadRight(NameWidth))}{Markup.Escape(detail)}";
        if (terminal.Colour)
        {
            terminal.Ansi.MarkupLine($"{mark} {milliseconds,6} ms  {line}");
        }
        else
        {
            terminal.WriteLine($"{mark} {milliseconds,6} ms  {name.PadRight(NameWidth)}{detail}");
        }
    }
}
