using System.CommandLine;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Operator;

/// <summary><c>palyra nodes</c>: the paired devices and what they offer.</summary>
internal static class NodesCommand
{
    internal static Command Build() => new Command("nodes", "List, inspect, call and revoke paired devices.")
    {
        OperatorCommand.Leaf("list", "List registered nodes with their health.", [], async (_, client, terminal, cancellation) =>
            OperatorCommand.PrintList(terminal, await client.GetAsync("/v1/nodes", cancellation), "No nodes.",
                "device_id", "platform", "healthy", "connected", "last_event_name", "last_seen_at_unix_ms"))
            .WithExamples("palyra nodes list", "palyra nodes list --json"),
        OperatorCommand.Leaf("pending", "List devices that wait for approval.", [], async (_, client, terminal, cancellation) =>
            OperatorCommand.PrintList(terminal, await client.GetAsync("/v1/pairing/requests?state=pending_approval", cancellation), "Nothing waits for approval.",
                "request_id", "device_id", "check_code", "client_kind", "method", "expires_at_unix_ms"))
            .WithExamples("palyra nodes pending"),
        One("describe", "Show everything about a node.", "", "palyra nodes describe 01J9ZQ3V7B6W1K2M3N4P5Q6R7S"),
        One("status", "Show a node's health and queue.", "/status", "palyra nodes status 01J9ZQ3V7B6W1K2M3N4P5Q6R7S"),
        Invoke(),
        Revoke(),
    }.WithExamples("palyra nodes list", "palyra nodes pending", "palyra nodes invoke 01J... echo --input '{\"hello\":1}'");

    private static Argument<string> Device() => new("device") { Description = "The device id." };

    private static Command One(string verb, string description, string suffix, string example)
    {
        var device = Device();
        return OperatorCommand.Leaf(verb, description, [device], async (parsed, client, terminal, cancellation) =>
            OperatorCommand.PrintObject(terminal, await client.GetAsync($"/v1/nodes/{OperatorCommand.Segment(parsed.GetValue(device))}{suffix}", cancellation)))
            .WithExamples(example);
    }

    private static Command Invoke()
    {
        var device = Device();
        var capability = new Argument<string>("capability") { Description = "The capability, e.g. echo." };
        var input = new Option<string>("--input") { Description = "The input, JSON; - reads standard input.", DefaultValueFactory = _ => "{}", HelpName = "json" };
        var timeout = new Option<int>("--timeout") { Description = "Seconds to wait, 1 to 600.", DefaultValueFactory = _ => 30, HelpName = "s" };
        return OperatorCommand.Leaf("invoke", "Run a capability on a node and print its output.", [device, capability, input, timeout],
            async (parsed, client, terminal, cancellation) =>
            {
                var text = parsed.GetValue(input)!;
                text = text == "-" ? await Console.In.ReadToEndAsync(cancellation) : text;
                var answer = await client.PostAsync($"/v1/nodes/{OperatorCommand.Segment(parsed.GetValue(device))}/invoke", json =>
                {
                    json.WriteString("capability", parsed.GetValue(capability));
                    json.WriteString("input_json", text);
                    json.WriteNumber("timeout_ms", parsed.GetValue(timeout) * 1000L);
                }, cancellation);
                OperatorCommand.PrintObject(terminal, answer);
                if (!answer.GetProperty("success").GetBoolean())
                {
                    throw CommandFailureException.Told(answer.GetProperty("state").GetString()!, answer.GetProperty("error").GetString()!);
                }
            })
            .WithExamples("palyra nodes invoke 01J9ZQ3V7B6W1K2M3N4P5Q6R7S system.health", "echo '{\"a\":1}' | palyra nodes invoke 01J9ZQ3V7B6W1K2M3N4P5Q6R7S echo --input -");
    }

    private static Command Revoke()
    {
        var device = Device();
        var reason = OperatorCommand.Reason("Why, for the record.");
        return OperatorCommand.Leaf("revoke", "Revoke a device: its certificates, streams and worker, at once.", [device, reason],
            async (parsed, client, terminal, cancellation) =>
                OperatorCommand.PrintObject(terminal, await client.PostAsync($"/v1/nodes/{OperatorCommand.Segment(parsed.GetValue(device))}/revoke",
                    json => json.WriteString("reason", parsed.GetValue(reason) ?? "revoked by operator"), cancellation)))
            .WithExamples("palyra nodes revoke 01J9ZQ3V7B6W1K2M3N4P5Q6R7S --reason \"laptop lost\"");
    }
}
