using System.CommandLine;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Operator;

/// <summary><c>palyra pairing</c>: codes, and the requests that wait for a person.</summary>
internal static class PairingCommand
{
    /// <summary>Ten years, as long as the gateway's own authority lives.</summary>
    private const long MaxScopeSeconds = 10L * 365 * 86_400;

    internal static Command Build()
    {
        var method = new Option<string>("--method") { Description = "pin (6 digits) or qr (a token).", DefaultValueFactory = _ => "pin" };
        method.AcceptOnlyFromAmong("pin", "qr");
        var ttl = OperatorCommand.Seconds("--ttl", "Seconds the code lives", 600, 30, 86_400);
        var code = OperatorCommand.Leaf("code", "Mint a pairing code.", [method, ttl], async (parsed, client, terminal, cancellation) =>
            OperatorCommand.PrintObject(terminal, await client.PostAsync("/v1/pairing/codes", json =>
            {
                json.WriteString("by", Environment.UserName);
                json.WriteString("method", parsed.GetValue(method));
                json.WriteNumber("ttl_ms", parsed.GetValue(ttl) * 1000L);
            }, cancellation)))
            .WithExamples("palyra pairing code", "palyra pairing code --method qr --ttl 120");

        var list = OperatorCommand.Leaf("list", "List pairing requests.", [], async (_, client, terminal, cancellation) =>
            OperatorCommand.PrintList(terminal, await client.GetAsync("/v1/pairing/requests", cancellation), "No pairing requests.",
                "request_id", "device_id", "check_code", "state"))
            .WithExamples("palyra pairing list", "palyra pairing list --json");

        return new Command("pairing", "Pair devices: codes, and requests that wait for a person.")
        {
            code,
            list,
            Decide("approve", "Approve a pairing request, after comparing its check code with the node's."),
            Decide("reject", "Reject a pairing request."),
        }.WithExamples("palyra pairing code", "palyra pairing list", "palyra pairing approve 01J9ZQ3V7B6W1K2M3N4P5Q6R7S --reason \"my laptop\"");
    }

    private static Command Decide(string verb, string description)
    {
        var request = new Argument<string>("request") { Description = "The pairing request's id." };
        var reason = OperatorCommand.Reason("Why, for the record.");
        var scope = new Option<long?>("--scope-ttl") { Description = "Seconds after which the device must pair again (default: never).", HelpName = "s" };
        var command = OperatorCommand.Leaf(verb, description, verb == "approve" ? [request, reason, scope] : [request, reason], async (parsed, client, terminal, cancellation) =>
        {
            long? seconds = verb == "approve" ? parsed.GetValue(scope) : null;
            if (seconds is < 1 or > MaxScopeSeconds)
            {
                throw CommandFailureException.Usage($"--scope-ttl must be 1 to {MaxScopeSeconds} seconds.");
            }

            var answer = await client.PostAsync($"/v1/pairing/requests/{OperatorCommand.Segment(parsed.GetValue(request))}/{verb}", json =>
            {
                json.WriteString("by", Environment.UserName);
                json.WriteString("reason", parsed.GetValue(reason) ?? "");
                if (seconds is { } lasts)
                {
                    json.WriteNumber("scope_ttl_ms", lasts * 1000L);
                }
            }, cancellation);
            OperatorCommand.PrintObject(terminal, answer, "device_id", "state", "check_code", "decided_by", "decision_reason", "scope_ends_at_unix_ms");
        });
        const string example = "01J9ZQ3V7B6W1K2M3N4P5Q6R7S";
        return verb == "approve"
            ? command.WithExamples($"palyra pairing approve {example} --reason \"my laptop\"", $"palyra pairing approve {example} --scope-ttl 28800")
            : command.WithExamples($"palyra pairing reject {example} --reason \"not mine\"");
    }
}
