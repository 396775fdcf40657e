using System.CommandLine;

namespace Palyra.Host.CommandLine;

/// <summary>What every command understands.</summary>
internal static class GlobalOptions
{
    /// <summary><c>--json</c>: machine-readable output, one object a line.</summary>
    internal static readonly Option<bool> Json = new("--json")
    {
        Description = "Write JSON, one object a line.",
        Recursive = true,
    };

    internal static bool WantsJson(ParseResult parsed) => parsed.GetValue(Json);
}
