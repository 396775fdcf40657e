using System.CommandLine;

namespace Palyra.Host.CommandLine;

/// <summary>The root of the <c>palyra</c> command line.</summary>
internal static class PalyraCommand
{
    internal static int Invoke(string[] args)
    {
        var root = new RootCommand("Run dangerous tools on remote workers, fail-closed.");
        return root.Parse(args).Invoke();
    }
}
