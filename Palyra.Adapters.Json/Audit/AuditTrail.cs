namespace Palyra.Adapters.Json.Audit;

/// <summary>The files of a trail: <c>audit-00000001.ndjson</c> and on, in a folder, with the public key beside them.</summary>
public static class AuditTrail
{
    /// <summary>The file that the sink leaves the public key in. Good against mistakes; against an intruder take the key from elsewhere.</summary>
    public const string PublicKeyFile = "audit-public-key.pem";

    private const string Pattern = "audit-????????.ndjson";

    /// <summary>The trail's files in order.</summary>
    public static IReadOnlyList<string> Files(string folder) =>
        Directory.Exists(folder) ? [.. Directory.GetFiles(folder, Pattern).Order(StringComparer.Ordinal)] : [];

    /// <summary>Verifies every file of a trail and that each continues the one before. Stops at the first damage.</summary>
    /// <returns>One verification a file that was walked, the last of them with the damage if there is any.</returns>
    public static IReadOnlyList<(string File, AuditVerification Verification)> Verify(string folder, string publicKeyPem)
    {
        var walked = new List<(string, AuditVerification)>();
        AuditVerification? before = null;
        foreach (var file in Files(folder))
        {
            var found = AuditFileVerifier.Verify(file, publicKeyPem);
            if (found.IsIntact && before is not null
                && (before.NextFile != Path.GetFileName(file) || before.LastNumber + 1 != found.FirstNumber || before.LastHash != found.PreviousHash))
            {
                found = found with { Damage = AuditDamage.BrokenSequence, Message = $"{Path.GetFileName(file)} does not continue the file before it." };
            }

            walked.Add((file, found));
            if (!found.IsIntact)
            {
                return walked;
            }

            before = found;
        }

        if (before is { NextFile.Length: > 0 } last)
        {
            walked[^1] = (walked[^1].Item1, last with { Damage = AuditDamage.BrokenSequence, Message = $"{last.NextFile} is missing: the trail hands over to it." });
        }

        return walked;
    }

    internal static string FileName(ulong number) => FormattableString.Invariant($"audit-{number:D8}.ndjson");

    internal static ulong NumberOf(string file) =>
        ulong.Parse(Path.GetFileNameWithoutExtension(file).AsSpan(6), System.Globalization.CultureInfo.InvariantCulture);
}
