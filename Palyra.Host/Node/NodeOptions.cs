using System.CommandLine;

namespace Palyra.Host.Node;

/// <summary>Options that several node commands share.</summary>
internal static class NodeOptions
{
    internal static Option<string?> Home() => new("--home") { Description = "The node's folder (default: PALYRA_NODE_HOME, else the user's own).", HelpName = "dir" };
}
