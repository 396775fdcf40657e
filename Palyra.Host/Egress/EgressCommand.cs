using System.CommandLine;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Egress;

/// <summary><c>palyra egress</c>: what the egress rules say, without sending anything, and the secrets that are injected.</summary>
internal static class EgressCommand
{
    internal static Command Build() => new Command("egress", "Ask what the egress rules say; keep the secrets to inject.")
    {
        CheckCommand.Build(),
        ClassifyCommand.Build(),
        SecretCommands.Store(),
        SecretCommands.Delete(),
    }.WithExamples("palyra egress check https://api.example.com/v1 --allow-host api.example.com", "echo 10.0.0.1 | palyra egress classify --stdin");
}
