using System.CommandLine;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Operator;

/// <summary><c>palyra nodes</c>: the paired devices and what they offer.</summary>
internal static class NodesCommand
{
    private const string Example = "01J9ZQ3V7B6W1K2M3N4P5Q6R7S";

    internal static Command Build() => new Command("nodes", "List, inspect, call and revoke paired devices.")
    {
        OperatorCommand.Leaf("list", "List registered nodes with their health.", [], async (_, client, terminal, cancellation) =>
            OperatorCommand.PrintList(terminal, await client.GetAsync("/v1/nodes", cancellation), "No nodes.",
                "device_id", "platform", "healthy", "connected", "revoked", "last_seen_at_unix_ms"))
            .WithExamples("palyra nodes list", "palyra nodes list --json"),
        OperatorCommand.Leaf("pending", "List devices that wait for approval.", [], async (_, client, terminal, cancellation) =>
            OperatorCommand.PrintList(terminal, await client.GetAsync("/v1/pairing/requests?state=pending_approval", cancellation), "Nothing waits for approval.",
                "request_id", "device_id", "check_code", "client_kind"))
            .WithExamples("palyra nodes pending", "palyra nodes pending --json"),
        One("describe", "Show everything about a node.", "", $"palyra nodes describe {Example}"),
        One("status", "Show a node's health and queue.", "/status", $"palyra nodes status {Example}"),
        Invoke(),
        Revoke(),
        ClearRevocation(),
    }.WithExamples("palyra nodes list", "palyra nodes pending", $"palyra nodes invoke {Example} echo --input '{{\"hello\":1}}'");

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
        var timeout = OperatorCommand.Seconds("--timeout", "Seconds to wait", 30, 1, 600);
        return OperatorCommand.Leaf("invoke", "Run a capability on a node and print its output.", [device, capability, input, timeout],
            async (parsed, client, terminal, cancellation) =>
            {
                var text = parsed.GetValue(input)!;
                text = text == "-" ? await Console.In.ReadToEndAsync(cancellation) : text;
                var path = $"/v1/nodes/{OperatorCommand.Segment(parsed.GetValue(device))}/invoke";
                var answer = await terminal.WhileAsync($"{parsed.GetValue(capability)} runs on the node", () => client.PostAsync(path, json =>
                {
                    json.WriteString("capability", parsed.GetValue(capability));
                    json.WriteString("input_json", text);
                    json.WriteNumber("timeout_ms", parsed.GetValue(timeout) * 1000L);
                }, cancellation));
                OperatorCommand.PrintObject(terminal, answer, "success", "state", "output", "request_id");
                if (!answer.GetProperty("success").GetBoolean())
                {
                    throw CommandFailureException.Told(answer.GetProperty("state").GetString()!, answer.GetProperty("error").GetString()!);
                }
            })
            .WithExamples($"palyra nodes invoke {Example} system.health", $"palyra nodes invoke {Example} echo --input - < input.json");
    }

    private static Command Revoke()
    {
        var device = Device();
        var reason = OperatorCommand.Reason("Why, for the record.");
        return OperatorCommand.Leaf("revoke", "Revoke a device: its certificates, streams and worker, at once.", [device, reason],
            async (parsed, client, terminal, cancellation) =>
                OperatorCommand.PrintObject(terminal, await client.PostAsync($"/v1/nodes/{OperatorCommand.Segment(parsed.GetValue(device))}/revoke",
                    json =>
                    {
                        json.WriteString("by", Environment.UserName);
                        json.WriteString("reason", parsed.GetValue(reason) ?? "revoked by operator");
                    }, cancellation)))
            .WithExamples($"palyra nodes revoke {Example} --reason \"laptop lost\"");
    }

    private static Command ClearRevocation()
    {
        var device = Device();
        var reason = OperatorCommand.Reason("Why, for the record.");
        var confirm = new Option<string?>("--confirm") { Description = "The device id once more: it may pair again.", HelpName = "device" };
        return OperatorCommand.Leaf("clear-revocation", "Let a revoked device pair again. Its old certificates stay revoked.", [device, confirm, reason],
            async (parsed, client, terminal, cancellation) =>
            {
                if (parsed.GetValue(confirm) != parsed.GetValue(device))
                {
                    throw CommandFailureException.Usage("say with --confirm and the device id once more that the device may pair again.");
                }

                OperatorCommand.PrintObject(terminal, await client.PostAsync($"/v1/nodes/{OperatorCommand.Segment(parsed.GetValue(device))}/clear-revocation", json =>
                {
                    json.WriteString("by", Environment.UserName);
                    json.WriteString("reason", parsed.GetValue(reason) ?? "");
                }, cancellation));
            })
            .WithExamples($"palyra nodes clear-revocation {Example} \\", $"    --confirm {Example} --reason \"found again\"");
    }
}
