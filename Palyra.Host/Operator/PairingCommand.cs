using System.CommandLine;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Operator;

/// <summary><c>palyra pairing</c>: codes, and the requests that wait for a person.</summary>
internal static class PairingCommand
{
    internal static Command Build()
    {
        var method = new Option<string>("--method") { Description = "pin (6 digits) or qr (a token).", DefaultValueFactory = _ => "pin" };
        method.AcceptOnlyFromAmong("pin", "qr");
        var ttl = new Option<int>("--ttl") { Description = "Seconds the code lives, 30 to 86400.", DefaultValueFactory = _ => 600, HelpName = "s" };
        var code = OperatorCommand.Leaf("code", "Mint a pairing code.", [method, ttl], async (parsed, client, terminal, cancellation) =>
            OperatorCommand.PrintObject(terminal, await client.PostAsync("/v1/pairing/codes", json =>
            {
                json.WriteString("method", parsed.GetValue(method));
                json.WriteNumber("ttl_ms", parsed.GetValue(ttl) * 1000L);
            }, cancellation)))
            .WithExamples("palyra pairing code", "palyra pairing code --method qr --ttl 120");

        var list = OperatorCommand.Leaf("list", "List pairing requests.", [], async (_, client, terminal, cancellation) =>
            OperatorCommand.PrintList(terminal, await client.GetAsync("/v1/pairing/requests", cancellation), "No pairing requests.",
                "request_id", "device_id", "state", "check_code", "client_kind", "method", "expires_at_unix_ms"))
            .WithExamples("palyra pairing list", "palyra pairing list --json");

        return new Command("pairing", "Pair devices: codes, and requests that wait for a person.")
        {
            code,
            list,
            Decide("approve", "Approve a pairing request, after comparing its check code with the node's."),
            Decide("reject", "Reject a pairing request."),
        }.WithExamples("palyra pairing code", "palyra pairing list", "palyra pairing approve 01J... --reason \"my laptop\"");
    }

    private static Command Decide(string verb, string description)
    {
        var request = new Argument<string>("request") { Description = "The pairing request's id." };
        var reason = OperatorCommand.Reason("Why, for the record.");
        return OperatorCommand.Leaf(verb, description, [request, reason], async (parsed, client, terminal, cancellation) =>
            OperatorCommand.PrintObject(terminal, await client.PostAsync($"/v1/pairing/requests/{OperatorCommand.Segment(parsed.GetValue(request))}/{verb}", json =>
            {
                json.WriteString("by", Environment.UserName);
                json.WriteString("reason", parsed.GetValue(reason) ?? "");
            }, cancellation)))
            .WithExamples($"palyra pairing {verb} 01J9ZQ3V7B6W1K2M3N4P5Q6R7S");
    }
}
