using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Domain.Attestation;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;
using Palyra.Host.CommandLine;
using Palyra.Host.Node;

namespace Palyra.Host.Demo;

/// <summary>
/// The demonstration's second process: a node like any other, driven by lines on standard input (<c>pair CODE</c>, <c>attest-tampered</c>,
/// <c>speak-as-another</c>, <c>run</c>) and telling what it saw by JSON lines on standard output. Ends with its input.
/// </summary>
internal static class DemoWorkerCommand
{
    internal const string Name = "demo-worker";
    internal const string SignerKeyId = "demo-signer";

    private static readonly Option<string> Gateway = new("--gateway") { Required = true };
    private static readonly Option<string> CaFile = new("--gateway-ca") { Required = true };
    private static readonly Option<string> Egress = new("--egress") { Required = true };
    private static readonly Option<string> State = new("--state") { Required = true };
    private static readonly Option<string> SignerKey = new("--signer-key") { Required = true };

    internal static Command Build()
    {
        var command = new Command(Name, "The second process of `palyra demo`.") { Gateway, CaFile, Egress, State, SignerKey };
        command.Hidden = true;
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var ca = await File.ReadAllTextAsync(parsed.GetValue(CaFile)!, cancellation);
        var settings = new NodeSettings
        {
            Gateway = new Uri(parsed.GetValue(Gateway)!),
            GatewayCaPem = ca,
            IdentityStoreFolder = parsed.GetValue(State)!,
            PollInterval = TimeSpan.FromMilliseconds(100),
            HeartbeatInterval = TimeSpan.FromMilliseconds(500),
            Worker = new WorkerSettings(parsed.GetValue(SignerKey)!, SignerKeyId, parsed.GetValue(Egress)!),
        };
        using var workshop = NodeWorkshop.Open(settings, NullLoggerFactory.Instance);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var running = Task.CompletedTask;
        while (await Console.In.ReadLineAsync(cancellation) is { } line)
        {
            switch (line.Split(' '))
            {
                case ["pair", var code]:
                    await PairAsync(workshop, code, cancellation);
                    break;
                case ["attest-tampered"]:
                    await AttestTamperedAsync(workshop, settings, cancellation);
                    break;
                case ["speak-as-another"]:
                    await SpeakAsAnotherAsync(workshop, settings, cancellation);
                    break;
                case ["run"]:
                    workshop.Client.Connected += (_, _) => Tell("connected", json => json.WriteStartArrayOf("capabilities", workshop.Handlers.Names));
                    running = workshop.Client.RunAsync(ended.Token);
                    break;
            }
        }

        await ended.CancelAsync();
        await running;
        return ExitCode.Ok;
    }

    private static async Task PairAsync(NodeWorkshop workshop, string code, CancellationToken cancellation)
    {
        var paired = await workshop.Client.PairAsync(PairingMethod.Pin, code, pairing => Tell("pairing", json =>
        {
            json.WriteString("device_id", pairing.DeviceId.ToString());
            json.WriteString("session_id", pairing.SessionId.ToString());
            json.WriteString("check_code", pairing.CheckCode);
        }), cancellation);
        if (!paired.TryGet(out _, out var refusal))
        {
            Tell("failed", json => json.WriteString("reason", refusal.ToString()));
            return;
        }

        using var certificate = workshop.Client.GetCertificate()!;
        Tell("paired", json =>
        {
            json.WriteString("certificate_sha256", Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)));
            json.WriteNumber("expires_at_unix_ms", new DateTimeOffset(certificate.NotAfter.ToUniversalTime()).ToUnixTimeMilliseconds());
        });
    }

    private static async Task AttestTamperedAsync(NodeWorkshop workshop, NodeSettings settings, CancellationToken cancellation)
    {
        var device = workshop.Client.DeviceId!.Value;
        using var certificate = workshop.Client.GetCertificate()!;
        using var wire = new DemoWire(settings.Gateway, settings.GatewayCaPem!, certificate);
        var challenge = await wire.ChallengeAsync(device, cancellation);
        if (!DsseEnvelope.TryParse(await workshop.Attestor!.AttestAsync(device, challenge, cancellation), out var signed))
        {
            throw new InvalidOperationException("The attestor made no envelope.");
        }

        // One claim is changed after the signature: the image digest becomes another one.
        var payload = Encoding.UTF8.GetString(signed.Payload.Span);
        var digest = WorkerDigests.OfThisExecutable().Image;
        var tampered = new DsseEnvelope(signed.PayloadType, Encoding.UTF8.GetBytes(payload.Replace(digest, new string('0', digest.Length), StringComparison.Ordinal)), signed.Signatures);
        var answer = await wire.RegisterAsync(device, tampered.ToJson(), cancellation);
        Tell("attestation", json =>
        {
            json.WriteBoolean("accepted", answer.Accepted);
            json.WriteString("reason", answer.Reason);
        });
    }

    private static async Task SpeakAsAnotherAsync(NodeWorkshop workshop, NodeSettings settings, CancellationToken cancellation)
    {
        using var certificate = workshop.Client.GetCertificate()!;
        using var wire = new DemoWire(settings.Gateway, settings.GatewayCaPem!, certificate);
        var another = new DeviceId(Ulid.Create(UnixTime.Now(TimeProvider.System), RandomNumberGenerator.GetBytes(Ulid.RandomLength)));
        var status = await wire.RegisterNodeAsync(another, cancellation);
        Tell("spoke", json =>
        {
            json.WriteBoolean("accepted", status.StatusCode == StatusCode.OK);
            json.WriteString("status", status.StatusCode.ToString());
            json.WriteString("detail", status.Detail);
        });
    }

    private static void WriteStartArrayOf(this Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    private static void Tell(string what, Action<Utf8JsonWriter> members) => JsonLine.Write(Console.Out, json =>
    {
        json.WriteString("event", what);
        members(json);
    });
}
