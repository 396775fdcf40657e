using System.CommandLine;
using Palyra.Adapters.Json.Nodes;
using Palyra.Domain.Nodes;
using Palyra.Host.CommandLine;

namespace Palyra.Host.State;

/// <summary><c>palyra state</c>; here <c>check DIR</c>: whether the state in a folder is whole, and what it holds.</summary>
internal static class StateCommand
{
    internal static Command Build()
    {
        var folder = new Argument<string>("dir") { Description = "The state root." };
        var print = new Option<bool>("--print") { Description = "Write the merged state as canonical JSON instead of the counts." };
        var check = new Command("check", "Validate snapshot and journal; print the counts, or the exact damage. Changes nothing.") { folder, print };
        check.SetAction(parsed => Check(parsed.GetValue(folder)!, parsed.GetValue(print), Terminal.For(parsed)));
        check.WithExamples(
            "palyra state check ~/.palyra/state",
            "palyra state check ~/.palyra/state --print > merged.json");
        return new Command("state", "Look after the state on disk.") { check, RotateKeyCommand.Build() }
            .WithExamples("palyra state check ./state", "palyra state rotate-key ./state");
    }

    private static int Check(string folder, bool print, Terminal terminal)
    {
        NodeRuntimeInspection found;
        try
        {
            found = NodeRuntimeInspection.Inspect(folder);
        }
        catch (NodeRuntimeStoreException damage)
        {
            throw CommandFailureException.Refused(HostReason.StateDamaged, damage.Message);
        }

        if (print)
        {
            using var output = Console.OpenStandardOutput();
            output.Write(found.ToCanonicalJson().Span);
            output.Write("\n"u8);
        }
        else if (terminal.Json)
        {
            WriteJson(found, terminal);
        }
        else
        {
            WriteText(found, terminal);
        }

        return ExitCode.Ok;
    }

    private static void WriteJson(NodeRuntimeInspection found, Terminal terminal) => terminal.WriteJson(json =>
    {
        json.WriteBoolean("ok", true);
        json.WriteString("state_root", found.Root);
        json.WriteBoolean("in_use", found.IsInUse);
        json.WriteBoolean("snapshot", found.HasSnapshot);
        json.WriteNumber("active_pairing_codes", found.State.Codes.Count);
        json.WriteNumber("pairing_requests", found.State.PairingRequests.Count);
        json.WriteNumber("nodes", found.State.Nodes.Count);
        json.WriteNumber("capability_requests", found.State.CapabilityRequests.Count);
        json.WriteNumber("legacy_private_keys", found.LegacyPrivateKeys);
        json.WriteStartArray("journals");
        foreach (var journal in found.Journals)
        {
            json.WriteStartObject();
            json.WriteString("file", journal.File);
            json.WriteNumber("records", journal.Records);
            json.WriteNumber("bytes", journal.Bytes);
            json.WriteNumber("torn_bytes", journal.TornBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    private static void WriteText(NodeRuntimeInspection found, Terminal terminal)
    {
        terminal.WriteLine($"{found.Root}: clean{(found.IsInUse ? ", in use by a process" : "")}");
        terminal.WriteLine($"  snapshot             {(found.HasSnapshot ? "yes" : "no")}");
        terminal.WriteLine($"  active pairing codes {found.State.Codes.Count}");
        terminal.WriteLine($"  pairing requests     {found.State.PairingRequests.Count}");
        terminal.WriteLine($"  nodes                {found.State.Nodes.Count}");
        terminal.WriteLine($"  capability requests  {found.State.CapabilityRequests.Count}");
        foreach (var journal in found.Journals)
        {
            terminal.WriteLine($"  {journal.File}: {journal.Records} records, {journal.Bytes} bytes");
            if (journal.TornBytes > 0)
            {
                terminal.WriteLine($"    torn tail of {journal.TornBytes} bytes at byte offset {journal.Bytes}: never answered, cut off at the next start");
            }
        }

        if (found.LegacyPrivateKeys > 0)
        {
            terminal.WriteLine($"  {found.LegacyPrivateKeys} private keys of an older version: the next start moves them into the secret store");
        }
    }
}
