using System.CommandLine;

namespace Palyra.Host.Egress;

/// <summary><c>palyra egress</c>: ask what the egress rules say, without sending anything.</summary>
internal static class EgressCommand
{
    internal static Command Build() => new("egress", "Ask what the egress rules say about URLs and addresses.")
    {
        CheckCommand.Build(),
        ClassifyCommand.Build(),
    };
}
