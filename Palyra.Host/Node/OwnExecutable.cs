using System.Diagnostics;

namespace Palyra.Host.Node;

/// <summary>Starts this very executable again, whether it was started as itself or through <c>dotnet palyra.dll</c>.</summary>
internal static class OwnExecutable
{
    internal static ProcessStartInfo StartInfo(params IEnumerable<string> arguments)
    {
        var self = Environment.ProcessPath ?? throw new InvalidOperationException("This process does not know its own executable.");
        var start = new ProcessStartInfo(self) { UseShellExecute = false, CreateNoWindow = true };
        if (string.Equals(Path.GetFileNameWithoutExtension(self), "dotnet", StringComparison.OrdinalIgnoreCase))
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "palyra.dll"));
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return start;
    }
}
