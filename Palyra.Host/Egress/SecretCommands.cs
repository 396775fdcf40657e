using System.CommandLine;
using Palyra.Host.CommandLine;
using Palyra.Host.Operator;

namespace Palyra.Host.Egress;

/// <summary><c>palyra egress store-secret</c> and <c>delete-secret</c>: what the proxy injects, by name. Nothing prints a secret.</summary>
internal static class SecretCommands
{
    internal static Command Store()
    {
        var path = Path();
        return OperatorCommand.Leaf("store-secret", "Put a secret, read from standard input, into the gateway's vault.", [path], async (parsed, client, terminal, cancellation) =>
        {
            // As the one line that a file or `echo` gives; never as an argument, which other users see.
            var value = (await Console.In.ReadToEndAsync(cancellation)).TrimEnd('\r', '\n');
            OperatorCommand.PrintObject(terminal, await client.PostAsync("/v1/secrets/store", json =>
            {
                json.WriteString("path", parsed.GetValue(path));
                json.WriteString("value", value);
                json.WriteString("by", Environment.UserName);
            }, cancellation));
        }).WithExamples("palyra egress store-secret prod/api < api-key.txt");
    }

    internal static Command Delete()
    {
        var path = Path();
        return OperatorCommand.Leaf("delete-secret", "Delete a secret from the gateway's vault.", [path], async (parsed, client, terminal, cancellation) =>
            OperatorCommand.PrintObject(terminal, await client.PostAsync("/v1/secrets/delete", json =>
            {
                json.WriteString("path", parsed.GetValue(path));
                json.WriteString("by", Environment.UserName);
            }, cancellation))).WithExamples("palyra egress delete-secret prod/api");
    }

    private static Argument<string> Path() => new("path") { Description = "Its path in the vault, scope/key, as credentials name it." };
}
