using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Operator;

/// <summary><c>palyra workers</c>: the fleet.</summary>
internal static class WorkersCommand
{
    private const string Example = "01J9ZQ3V7B6W1K2M3N4P5Q6R7S";

    internal static Command Build() => new Command("workers", "List, watch, quarantine, drain and attest workers.")
    {
        OperatorCommand.Leaf("list", "List workers with their state and lease.", [], async (_, client, terminal, cancellation) =>
            OperatorCommand.PrintList(terminal, await client.GetAsync("/v1/workers", cancellation), "No workers.",
                "worker_id", "state", "last_heartbeat_at_unix_ms", "lease_expires_at_unix_ms", "run_id"))
            .WithExamples("palyra workers list", "palyra workers list --json"),
        Events(),
        Invoke(),
        Quarantine(),
        Act("drain", "Drain a worker: it finishes its lease and gets no other.", reason: true),
        Act("resume", "Undo a drain.", reason: false),
        Act("reverify", "Return a worker whose attestation still holds to the fleet.", reason: false),
        Act("force-cleanup", "Record that a person verified the cleanup of a worker that failed closed.", reason: false),
        Act("revoke-lease", "Revoke a worker's lease; the worker is orphaned.", reason: true),
        WorkersAttestCommand.Build(),
        WorkersKeygenCommand.Build(),
    }.WithExamples("palyra workers list", "palyra workers events --follow", $"palyra workers quarantine {Example} --reason-code suspicious");

    private static Command Events()
    {
        var follow = new Option<bool>("--follow") { Description = "Show each event as it happens, until interrupted." };
        var heartbeats = new Option<bool>("--heartbeats") { Description = "Also show heartbeats that changed nothing." };
        return OperatorCommand.Leaf("events", "Show the newest lifecycle events, newest first.", [follow, heartbeats], async (parsed, client, terminal, cancellation) =>
        {
            var path = $"/v1/workers/events?heartbeats={(parsed.GetValue(heartbeats) ? "true" : "false")}";
            if (!parsed.GetValue(follow))
            {
                OperatorCommand.PrintList(
                    terminal, await client.GetAsync(path, cancellation), "No events.", "timestamp_unix_ms", "worker_id", "state", "reason_code", "run_id");
                return;
            }

            await foreach (var one in client.FollowAsync(path + "&follow=true", () => Head(terminal), cancellation))
            {
                terminal.Out.WriteLine(terminal.Json ? one.GetRawText() : EventLine(one));
                await terminal.Out.FlushAsync(cancellation);
            }
        }).WithExamples("palyra workers events", "palyra workers events --follow --json");
    }

    /// <summary>Says that the watch has begun.</summary>
    private static void Head(Terminal terminal)
    {
        if (!terminal.Json)
        {
            terminal.WriteLine(EventLine("TIME", "WORKER", "STATE", "REASON", "RUN"));
        }
    }

    /// <summary>One line for a person who watches: time of day, worker, state, reason, and the run if there is one.</summary>
    private static string EventLine(JsonElement one) => EventLine(
        DateTimeOffset.FromUnixTimeMilliseconds(one.GetProperty("timestamp_unix_ms").GetInt64()).ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        one.GetProperty("worker_id").ToString(), one.GetProperty("state").ToString(), one.GetProperty("reason_code").ToString(), one.GetProperty("run_id").ToString());

    private static string EventLine(string time, string worker, string state, string reason, string run) =>
        Printable.Line($"{time,-9}  {worker,-26}  {state,-11}  {reason,-21}  {run}".TrimEnd());

    private static Command Invoke()
    {
        var tool = new Argument<string>("tool") { Description = "The tool, e.g. palyra.echo." };
        var input = new Option<string>("--input") { Description = "The input, JSON; - reads standard input.", DefaultValueFactory = _ => "{}", HelpName = "json" };
        var run = new Option<string?>("--run") { Description = "The run id (default: a fresh one).", HelpName = "id" };
        var ttl = OperatorCommand.Seconds("--ttl", "Seconds the worker is leased at most", 60, 1, 900);
        return OperatorCommand.Leaf("invoke", "Run a tool on a leased worker, fail-closed; calling it is your approval.", [tool, input, run, ttl],
            async (parsed, client, terminal, cancellation) =>
            {
                var text = parsed.GetValue(input)!;
                text = text == "-" ? await Console.In.ReadToEndAsync(cancellation) : text;
                var answer = await terminal.WhileAsync($"{parsed.GetValue(tool)} runs on a worker", () => client.PostAsync("/v1/tools/invoke", json =>
                {
                    json.WriteString("tool", parsed.GetValue(tool));
                    json.WriteString("input_json", text);
                    if (parsed.GetValue(run) is { } runId)
                    {
                        json.WriteString("run_id", runId);
                    }

                    json.WriteNumber("ttl_ms", parsed.GetValue(ttl) * 1000L);
                }, cancellation));
                OperatorCommand.PrintObject(
                    terminal, answer, "success", "reason_code", "output", "executor", "run_id", "lease_id", "output_manifest_sha256", "duration_ms");
                if (!answer.GetProperty("success").GetBoolean())
                {
                    throw CommandFailureException.Told(answer.GetProperty("reason_code").GetString()!, answer.GetProperty("error").GetString() ?? "The call failed.");
                }
            })
            .WithExamples("palyra workers invoke palyra.echo --input '{\"hello\":1}'", "palyra workers invoke http.fetch --run run-7 --input - < request.json");
    }

    private static Command Quarantine()
    {
        var worker = new Argument<string?>("worker") { Description = "The worker id.", Arity = ArgumentArity.ZeroOrOne };
        var all = new Option<bool>("--all") { Description = "Every worker." };
        var reason = ReasonCode();
        return OperatorCommand.Leaf("quarantine", "Quarantine a worker; only a fresh attestation brings it back.", [worker, all, reason],
            async (parsed, client, terminal, cancellation) =>
            {
                if (parsed.GetValue(all) == parsed.GetValue(worker) is not null)
                {
                    throw CommandFailureException.Usage("name a worker, or --all.");
                }

                var path = parsed.GetValue(all) ? "/v1/workers/quarantine-all" : $"/v1/workers/{OperatorCommand.Segment(parsed.GetValue(worker))}/quarantine";
                Print(terminal, await client.PostAsync(path, json => json.WriteString("reason_code", parsed.GetValue(reason) ?? ""), cancellation));
            })
            .WithExamples($"palyra workers quarantine {Example}", "palyra workers quarantine --all --reason-code incident-42");
    }

    private static Command Act(string verb, string description, bool reason)
    {
        var worker = new Argument<string>("worker") { Description = "The worker id." };
        var code = ReasonCode();
        return OperatorCommand.Leaf(verb, description, reason ? [worker, code] : [worker], async (parsed, client, terminal, cancellation) =>
            Print(terminal, await client.PostAsync($"/v1/workers/{OperatorCommand.Segment(parsed.GetValue(worker))}/{verb}",
                json => json.WriteString("reason_code", reason ? parsed.GetValue(code) ?? "" : ""), cancellation)))
            .WithExamples($"palyra workers {verb} {Example}");
    }

    private static Option<string?> ReasonCode() => new("--reason-code") { Description = "1 to 128 characters of [A-Za-z0-9._-].", HelpName = "code" };

    private static void Print(Terminal terminal, JsonElement answer)
    {
        if (answer.ValueKind == JsonValueKind.Array)
        {
            OperatorCommand.PrintList(terminal, answer, "Nothing changed.", "worker_id", "state", "reason_code");
        }
        else
        {
            OperatorCommand.PrintObject(terminal, answer);
        }
    }
}
