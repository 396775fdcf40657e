using System.CommandLine;
using Palyra.Domain.Attestation;
using Palyra.Domain.Ids;
using Palyra.Host.CommandLine;
using Palyra.Host.Node;

namespace Palyra.Host.Operator;

/// <summary><c>palyra workers attest</c>: signs an attestation with a key file. Needs no gateway.</summary>
internal static class WorkersAttestCommand
{
    private static readonly Argument<string> Worker = new("worker") { Description = "The worker id: the device id." };
    private static readonly Option<string> Key = new("--key") { Description = "The signing key, ECDSA P-256, PEM.", Required = true, HelpName = "file" };
    private static readonly Option<string> KeyId = new("--key-id") { Description = "The key's id in the gateway's policy.", Required = true, HelpName = "id" };
    private static readonly Option<string> Challenge = new("--challenge") { Description = "The gateway's challenge, base64 of 32 bytes.", Required = true, HelpName = "b64" };
    private static readonly Option<string?> Image = new("--image-digest") { Description = "Digest of the image (default: this executable's).", HelpName = "hex" };
    private static readonly Option<string?> BuildDigest = new("--build-digest") { Description = "Digest of the build (default: this executable's).", HelpName = "hex" };
    private static readonly Option<string?> Artifact = new("--artifact-digest") { Description = "Digest of the artifact (default: this executable's).", HelpName = "hex" };
    private static readonly Option<string[]> Capabilities = new("--capability") { Description = "A tool it offers, e.g. tool:palyra.echo.", HelpName = "name" };
    private static readonly Option<bool> Egress = new("--egress-proxy-attested") { Description = "Claim that it is bound to the egress proxy." };

    internal static Command Build()
    {
        var command = new Command("attest", "Sign an attestation with a key file and print the envelope.")
        {
            Worker, Key, KeyId, Challenge, Image, BuildDigest, Artifact, Capabilities, Egress,
        };
        command.SetAction(Run);
        return command.WithExamples(
            "palyra workers attest 01J9ZQ3V7B6W1K2M3N4P5Q6R7S --key signer.pem \\",
            "    --key-id release-2026 --challenge \"$CHALLENGE\" \\",
            "    --capability tool:palyra.echo --egress-proxy-attested");
    }

    private static int Run(ParseResult parsed)
    {
        if (!DeviceId.TryParse(parsed.GetValue(Worker), out var device))
        {
            throw CommandFailureException.Usage("the worker id must be a canonical ULID.");
        }

        if (!ChallengeNonce.TryParse(parsed.GetValue(Challenge), out var nonce))
        {
            throw CommandFailureException.Usage("--challenge must be base64 of 32 bytes.");
        }

        var own = WorkerDigests.OfThisExecutable();
        var digests = new WorkerDigests(parsed.GetValue(Image) ?? own.Image, parsed.GetValue(BuildDigest) ?? own.Build, parsed.GetValue(Artifact) ?? own.Artifact);
        try
        {
            var attestor = new KeyFileAttestor(
                parsed.GetValue(KeyId)!, File.ReadAllText(parsed.GetValue(Key)!), digests, () => parsed.GetValue(Capabilities) ?? [], _ => ValueTask.FromResult(false), TimeProvider.System);
            var envelope = attestor.Sign(device, nonce.ToArray(), parsed.GetValue(Egress), digests);
            Console.Out.WriteLine(System.Text.Encoding.UTF8.GetString(envelope.ToJson()));
            return ExitCode.Ok;
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or ArgumentException or System.Security.Cryptography.CryptographicException)
        {
            throw CommandFailureException.Refused(HostReason.AttestKeyUnusable, $"{parsed.GetValue(Key)} is no ECDSA P-256 key in PEM that can be read.");
        }
    }
}
