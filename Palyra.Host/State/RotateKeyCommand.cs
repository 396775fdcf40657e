using System.CommandLine;
using Palyra.Adapters.Json.Audit;
using Palyra.Adapters.Json.Files;
using Palyra.Adapters.Json.Fleet;
using Palyra.Adapters.Json.Identity;
using Palyra.Adapters.Json.Secrets;
using Palyra.Domain.Audit;
using Palyra.Domain.Nodes;
using Palyra.Domain.Secrets;
using Palyra.Domain.Time;
using Palyra.Host.CommandLine;
using Palyra.Host.Gateway;
using Palyra.Host.Operator;

namespace Palyra.Host.State;

/// <summary><c>palyra state rotate-key DIR</c>: seals everything in a gateway's state root under a fresh key, while no gateway uses it.</summary>
internal static class RotateKeyCommand
{
    internal static Command Build()
    {
        var folder = new Argument<string>("dir") { Description = "The state root of a gateway that is stopped." };
        var command = new Command("rotate-key", "Seal every secret under a fresh key. After a crash, run it again.") { folder };
        command.SetAction((parsed, cancellation) => RunAsync(parsed.GetValue(folder)!, Terminal.For(parsed), cancellation));
        return command.WithExamples("palyra state rotate-key ~/.local/share/palyra/gateway");
    }

    private static async Task<int> RunAsync(string folder, Terminal terminal, CancellationToken cancellation)
    {
        try
        {
            var root = StateRoot.Inspect(folder);
            var layout = new GatewayLayout(root.Path);
            if (!File.Exists(layout.KeyFile) || !File.Exists(root.FileNamed(StateRootLock.FileName)))
            {
                throw CommandFailureException.Refused(HostReason.StateKeyNotRotated, $"{root.Path} is no state root that a gateway has used.");
            }

            using var owned = StateRootLock.Take(root);
            using var keys = StoreKeyRing.OpenFile(layout.KeyFile);
            var before = keys.CurrentKeyId;
            var secrets = new SealedFileSecretStore(layout.Secrets, keys);

            // Before it takes effect: what cannot be audited does not happen.
            await AuditAsync(layout, secrets, before, cancellation);
            secrets.RotateKey(new SealedIdentityStateStore(layout.Identity, keys).File, new FleetMarksFile(root.Path, keys).SealedFile);
            OperatorCommand.Print(terminal, json =>
            {
                json.WriteString("state_root", root.Path);
                json.WriteString("previous_key_id", before);
                json.WriteString("key_id", keys.CurrentKeyId);
            });
            return ExitCode.Ok;
        }
        catch (Exception failure) when (failure is NodeRuntimeStoreException or SecretStoreException or AuditSinkException or IOException or UnauthorizedAccessException)
        {
            throw CommandFailureException.Refused(HostReason.StateKeyNotRotated, failure.Message);
        }
    }

    private static async Task AuditAsync(GatewayLayout layout, ISecretStore secrets, string keyId, CancellationToken cancellation)
    {
        using var signer = AuditSigningKey.OpenOrCreate(secrets);
        await using var trail = new HashChainedAuditSink(new AuditFileOptions { Folder = layout.Audit }, signer, TimeProvider.System);
        await trail.AppendAsync(new AuditRecord
        {
            At = UnixTime.Now(TimeProvider.System),
            Event = "state.key_rotation",
            Outcome = AuditOutcome.Allowed,
            Actor = Environment.UserName,
            Fields = [new("previous_key_id", keyId)],
        }, cancellation);
        await trail.FlushAsync(cancellation);
    }
}
