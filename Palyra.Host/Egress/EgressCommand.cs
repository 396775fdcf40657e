using System.CommandLine;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Egress;

/// <summary><c>palyra egress</c>: ask what the egress rules say, without sending anything.</summary>
internal static class EgressCommand
{
    internal static Command Build() => new Command("egress", "Ask what the egress rules say about URLs and addresses.")
    {
        CheckCommand.Build(),
        ClassifyCommand.Build(),
    }.WithExamples("palyra egress check https://api.example.com/v1 --allow-host api.example.com", "echo 10.0.0.1 | palyra egress classify --stdin");
}
