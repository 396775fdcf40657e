using System.CommandLine;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Adapters.Json.Files;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;
using Palyra.Host.Capabilities;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Node;

/// <summary><c>palyra node install</c>: pairs this machine with a gateway and remembers how to run.</summary>
internal static class NodeInstall
{
    private static readonly Option<string> GrpcUrl = new("--grpc-url") { Description = "The gateway's node RPC, https://host:port.", Required = true, HelpName = "url" };
    private static readonly Option<string?> CaFile = new("--gateway-ca") { Description = "The gateway's CA certificate, PEM.", HelpName = "file" };
    private static readonly Option<string?> CaPin = new("--gateway-ca-sha256") { Description = "Or its SHA-256, as a QR token carries it.", HelpName = "hex" };
    private static readonly Option<string> Method = new("--method") { Description = "How the code travelled: pin or qr.", DefaultValueFactory = _ => "pin" };
    private static readonly Option<string?> Code = new("--code") { Description = "The code; needs --allow-insecure-pairing-code-arg.", HelpName = "code" };
    private static readonly Option<bool> AllowCode = new("--allow-insecure-pairing-code-arg") { Description = "Accept the code where other users may see it." };
    private static readonly Option<string?> Device = new("--device-id") { Description = "This device's id (default: a fresh one).", HelpName = "ulid" };
    private static readonly Option<long> Poll = new("--poll-interval-ms") { Description = "How often the approval is asked for.", DefaultValueFactory = _ => 2000, HelpName = "ms" };
    private static readonly Option<bool> NoWait = new("--no-wait") { Description = "Do not wait for the approval; `node start` does." };
    private static readonly Option<string[]> Executables = new("--allow-executable") { Description = "Turn shell.execute on for this executable.", HelpName = "path" };
    private static readonly Option<string?> Key = new("--attestation-key") { Description = "Be a worker: the key that vouches for it, PEM.", HelpName = "file" };
    private static readonly Option<string?> KeyId = new("--attestation-key-id") { Description = "The key's id in the gateway's policy.", HelpName = "id" };
    private static readonly Option<string?> Egress = new("--egress-proxy") { Description = "The gateway's egress proxy, for a worker.", HelpName = "host:port" };

    internal static Command Build()
    {
        Method.AcceptOnlyFromAmong("pin", "qr");
        var home = NodeOptions.Home();
        var command = new Command("install", "Pair this machine with a gateway. The code comes from standard input or a prompt.")
        {
            GrpcUrl, CaFile, CaPin, Method, Code, AllowCode, Device, Poll, NoWait, Executables, Key, KeyId, Egress, home,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, new NodeHome(parsed.GetValue(home)), cancellation));
        return command.WithExamples(
            "palyra node install --grpc-url https://gw:7143 --gateway-ca gateway-ca.pem",
            "echo 123456 | palyra node install --grpc-url https://gw:7143 \\",
            "    --gateway-ca-sha256 4f0c... --no-wait");
    }

    private static async Task<int> RunAsync(ParseResult parsed, NodeHome home, CancellationToken cancellation)
    {
        var terminal = Terminal.For(parsed);
        if (File.Exists(home.HostFile))
        {
            throw CommandFailureException.Refused(HostReason.NodeAlreadyInstalled, $"a node is installed in {home.Path}; uninstall it first, or name another --home.");
        }

        var host = Describe(parsed, home);
        CheckTrust(parsed);
        var code = await ReadCodeAsync(parsed, terminal, cancellation);
        home.Create();
        if (parsed.GetValue(CaFile) is { } caFile)
        {
            AtomicFile.Replace(home.CaFile, await File.ReadAllBytesAsync(caFile, cancellation));
        }

        using var workshop = NodeWorkshop.Open(host.ToSettings(), NullLoggerFactory.Instance);
        var method = parsed.GetValue(Method) == "qr" ? PairingMethod.Qr : PairingMethod.Pin;
        var begun = await workshop.Client.BeginPairingAsync(method, code, cancellation);
        if (!begun.TryGet(out var pairing, out var refusal))
        {
            home.Remove();
            throw refusal.Code == "node.unreachable" ? CommandFailureException.Unreachable(refusal.Detail) : CommandFailureException.Refused(refusal);
        }

        host.Write(home);
        Tell(terminal, "pending", host, pairing.SessionId, pairing.CheckCode);
        if (parsed.GetValue(NoWait))
        {
            return ExitCode.Ok;
        }

        await terminal.WhileAsync("waiting for approval", () => AwaitApprovalAsync(workshop, host, home, cancellation));
        Tell(terminal, "paired", host, pairing.SessionId, pairing.CheckCode);
        return ExitCode.Ok;
    }

    /// <summary>Waits until a person has decided, and remembers when.</summary>
    internal static async Task<NodeHostFile> AwaitApprovalAsync(NodeWorkshop workshop, NodeHostFile host, NodeHome home, CancellationToken cancellation)
    {
        var approved = await workshop.Client.AwaitApprovalAsync(cancellation);
        if (approved.Refusal is { } refusal)
        {
            throw CommandFailureException.Refused(refusal);
        }

        host = host with { PairedAtUnixMs = UnixTime.Now(TimeProvider.System).Milliseconds };
        host.Write(home);
        return host;
    }

    private static NodeHostFile Describe(ParseResult parsed, NodeHome home)
    {
        if (!Uri.TryCreate(parsed.GetValue(GrpcUrl), UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps)
        {
            throw CommandFailureException.Usage("--grpc-url must be https://host:port.");
        }

        if (parsed.GetValue(CaFile) is null == parsed.GetValue(CaPin) is null)
        {
            throw CommandFailureException.Usage("name the gateway's CA by --gateway-ca or by --gateway-ca-sha256; there is no trust on first use.");
        }

        DeviceId device = new(Ulid.Create(UnixTime.Now(TimeProvider.System), RandomNumberGenerator.GetBytes(Ulid.RandomLength)));
        if (parsed.GetValue(Device) is { } named && !DeviceId.TryParse(named, out device))
        {
            throw CommandFailureException.Usage("--device-id must be a canonical ULID.");
        }

        return new NodeHostFile(
            1, url.ToString(), device.ToString(), parsed.GetValue(Poll), home.IdentityStore, UnixTime.Now(TimeProvider.System).Milliseconds, null,
            parsed.GetValue(CaFile) is null ? null : home.CaFile, parsed.GetValue(CaPin), parsed.GetValue(Executables) is { Length: > 0 } executables ? executables : null,
            DescribeWorker(parsed));
    }

    private static NodeHostWorker? DescribeWorker(ParseResult parsed)
    {
        var (given, id, proxy) = (parsed.GetValue(Key), parsed.GetValue(KeyId), parsed.GetValue(Egress));
        if (given is null && id is null && proxy is null)
        {
            return null;
        }

        if (given is not { } key || id is not { Length: > 0 } keyId || proxy is not { } egress || parsed.GetValue(CaFile) is null)
        {
            throw CommandFailureException.Usage("a worker needs --attestation-key, --attestation-key-id, --egress-proxy and --gateway-ca.");
        }

        if (!IsAuthority(egress))
        {
            throw CommandFailureException.Usage("--egress-proxy must be host:port.");
        }

        return new NodeHostWorker(Path.GetFullPath(key), keyId, egress);
    }

    private static bool IsAuthority(string text) =>
        Uri.TryCreate($"https://{text}", UriKind.Absolute, out var url) && url is { UserInfo: "", PathAndQuery: "/", Fragment: "", Port: > 0 }
        && text.EndsWith(FormattableString.Invariant($":{url.Port}"), StringComparison.Ordinal);

    private static void CheckTrust(ParseResult parsed)
    {
        if (parsed.GetValue(CaFile) is { } file)
        {
            _ = NodePem.ReadCertificate(file, HostReason.NodeBadGatewayCa);
        }

        if (parsed.GetValue(CaPin) is { } pin)
        {
            NodePem.CheckPin(pin, HostReason.NodeBadGatewayCa);
        }

        if (parsed.GetValue(Key) is { } key)
        {
            _ = NodePem.ReadKey(key, HostReason.NodeBadAttestationKey);
        }

        try
        {
            _ = new ShellExecuteCapability(parsed.GetValue(Executables) ?? []);
        }
        catch (ArgumentException mistake)
        {
            throw CommandFailureException.Usage(mistake.Message.Split(" (Parameter", 2)[0]);
        }
    }

    private static async Task<string> ReadCodeAsync(ParseResult parsed, Terminal terminal, CancellationToken cancellation)
    {
        if (parsed.GetValue(Code) is { } argument)
        {
            return parsed.GetValue(AllowCode)
                ? argument
                : throw CommandFailureException.Usage("a code on the command line is seen by other users; pass it on standard input, or add --allow-insecure-pairing-code-arg.");
        }

        if (!Console.IsInputRedirected)
        {
            await terminal.Error.WriteAsync("Pairing code: ");
        }

        var code = (await Console.In.ReadLineAsync(cancellation))?.Trim();
        return code is { Length: > 0 } ? code : throw CommandFailureException.Usage("no pairing code on standard input.");
    }

    private static void Tell(Terminal terminal, string state, NodeHostFile host, PairingSessionId request, string checkCode)
    {
        if (terminal.Json)
        {
            terminal.WriteJson(json =>
            {
                json.WriteString("state", state);
                json.WriteString("device_id", host.DeviceId);
                json.WriteString("request_id", request.ToString());
                json.WriteString("check_code", checkCode);
            });
            return;
        }

        terminal.WriteLine(state == "pending"
            ? $"Device {host.DeviceId} waits for approval. Check code: {checkCode}"
            : $"Device {host.DeviceId} is paired.");
    }
}
