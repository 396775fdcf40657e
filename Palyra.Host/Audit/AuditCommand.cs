using System.CommandLine;
using Palyra.Adapters.Json.Audit;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Audit;

/// <summary><c>palyra audit verify FILE</c>: walks a hash chain and names the first broken record.</summary>
internal static class AuditCommand
{
    private static readonly Argument<string> Path = new("FILE") { Description = "A file of the audit trail, or the folder of a whole trail." };

    private static readonly Option<FileInfo?> PublicKey = new("--public-key")
    {
        Description = "The PEM public key of the trail. Without it the key beside the file is taken, which an intruder could have replaced.",
        HelpName = "FILE",
    };

    private static readonly Option<ulong> Reaches = new("--reaches")
    {
        Description = "The number of a record that is known to exist, e.g. from an earlier run: a trail that ends before it was cut.",
        HelpName = "SEQ",
    };

    internal static Command Build()
    {
        var verify = new Command("verify", "Walk a hash chain and name the first broken record.") { Path, PublicKey, Reaches }.WithExamples(
            "palyra audit verify state/audit/audit-00000001.ndjson",
            "palyra audit verify state/audit --public-key palyra-audit.pem");
        verify.SetAction(Run);
        return new Command("audit", "Look after the audit trail.") { verify }.WithExamples("palyra audit verify ./state/audit");
    }

    private static int Run(ParseResult parsed)
    {
        var path = System.IO.Path.GetFullPath(parsed.GetValue(Path)!);
        var isTrail = Directory.Exists(path);
        if (!isTrail && !File.Exists(path))
        {
            throw CommandFailureException.Usage($"{path} is not there.");
        }

        var key = ReadKey(parsed.GetValue(PublicKey)?.FullName
            ?? System.IO.Path.Combine(isTrail ? path : System.IO.Path.GetDirectoryName(path)!, AuditTrail.PublicKeyFile));
        var walked = Walk(path, isTrail, key);
        var known = parsed.GetValue(Reaches);
        if (walked.All(file => file.Verification.IsIntact) && (walked.Count == 0 || walked[^1].Verification.LastNumber < known))
        {
            throw CommandFailureException.Refused("EndCutOff", walked.Count == 0 ? "There is no file of a trail." : $"The trail ends before record {known}.");
        }

        var terminal = Terminal.For(parsed);
        foreach (var (file, verification) in walked)
        {
            Write(terminal, file, verification);
        }

        return walked.All(file => file.Verification.IsIntact) ? ExitCode.Ok : ExitCode.Refused;
    }

    private static IReadOnlyList<(string File, AuditVerification Verification)> Walk(string path, bool isTrail, string key)
    {
        try
        {
            return isTrail ? AuditTrail.Verify(path, key) : [(path, AuditFileVerifier.Verify(path, key))];
        }
        catch (ArgumentException malformed)
        {
            throw CommandFailureException.Usage($"The public key cannot be read: {malformed.Message}");
        }
    }

    private static string ReadKey(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw CommandFailureException.Usage($"The public key cannot be read: {failure.Message}");
        }
    }

    private static void Write(Terminal terminal, string file, AuditVerification found)
    {
        if (!terminal.Json)
        {
            terminal.WriteLine($"{(found.IsIntact ? "intact" : "BROKEN")}  {file}");
            terminal.WriteLine(Printable.Line($"  {found.Message}"));
            if (found.IsIntact && found.Uncovered + (ulong)found.TornBytes > 0)
            {
                terminal.WriteLine($"  {found.Uncovered} records behind the newest checkpoint, {found.TornBytes} bytes of an incomplete last line.");
            }

            return;
        }

        terminal.WriteJson(json =>
        {
            json.WriteString("file", file);
            json.WriteBoolean("ok", found.IsIntact);
            json.WriteString("damage", found.IsIntact ? null : found.Damage.ToString());
            json.WriteString("message", found.Message);
            if (!found.IsIntact)
            {
                json.WriteNumber("line", found.BrokenLine);
                json.WriteNumber("seq", found.BrokenNumber);
            }

            json.WriteNumber("first_seq", found.FirstNumber);
            json.WriteNumber("last_seq", found.LastNumber);
            json.WriteNumber("checkpoints", found.Checkpoints);
            json.WriteNumber("uncovered", found.Uncovered);
            json.WriteNumber("torn_bytes", found.TornBytes);
        });
    }
}
