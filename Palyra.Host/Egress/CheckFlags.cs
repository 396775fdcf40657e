using System.CommandLine;
using System.CommandLine.Parsing;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Policies;
using Palyra.Host.CommandLine;
using Palyra.Host.Configuration;

namespace Palyra.Host.Egress;

/// <summary>
/// The policy and the request of <c>egress check URL</c>: that of a tool in the gateway's settings within the fleet's limits, or that of a policy file,
/// and what flags add. Without any of them, nothing is allowed.
/// </summary>
internal static class CheckFlags
{
    private static readonly Option<string> Method = new("--method") { Description = "The method.", DefaultValueFactory = _ => "GET" };

    private static readonly Option<FileInfo?> PolicyFile = new("--policy")
    {
        Description = "A JSON file with the members of a --stdin line: allowed_hosts, allowed_dns_suffixes, allowed_ports, credential_bindings, …",
        HelpName = "FILE",
    };

    private static readonly Option<FileInfo?> Config = new("--config") { Description = "The gateway's settings file; with --tool.", HelpName = "FILE" };

    private static readonly Option<string?> Tool = new("--tool") { Description = "Judge under this tool's policy and with its credentials.", HelpName = "NAME" };

    private static readonly Option<string[]> AllowHost = new("--allow-host") { Description = "Allow a host.", HelpName = "HOST" };

    private static readonly Option<string[]> AllowSuffix = new("--allow-suffix") { Description = "Allow a domain and everything below it.", HelpName = "DOMAIN" };

    private static readonly Option<int[]> AllowPort = new("--allow-port")
    {
        Description = "Allow a port instead of 80 and 443.",
        HelpName = "PORT",
        Validators = { RefuseWhatIsNoPort },
    };

    private static readonly Option<bool> AllowAnyHost = new("--allow-any-host") { Description = "Allow any host." };

    private static readonly Option<bool> AllowPrivate = new("--allow-private-targets") { Description = "Allow addresses that are not globally reachable." };

    private static readonly Option<string[]> Address = new("--address") { Description = "Judge this address instead of asking DNS.", HelpName = "IP" };

    private static readonly Option<bool> NoResolve = new("--no-resolve") { Description = "Ask no DNS." };

    private static readonly Option[] All =
        [Method, Config, Tool, PolicyFile, AllowHost, AllowSuffix, AllowPort, AllowAnyHost, AllowPrivate, Address, NoResolve];

    internal static void AddTo(Command command)
    {
        foreach (var option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The first flag that was given and means nothing to lines that bring their own; to ask no DNS is what they do anyway.</summary>
    internal static string? FirstGiven(CommandResult result) =>
        All.FirstOrDefault(option => option != NoResolve && result.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Why flags cannot go together; absent when they can.</summary>
    internal static string? Conflict(CommandResult result) =>
        result.GetValue(Tool) is not null && result.GetValue(PolicyFile) is not null ? "Give either --tool or --policy."
        : result.GetValue(Config) is not null && result.GetValue(Tool) is null ? "--config has no effect without --tool."
        : null;

    internal static bool IsOffline(ParseResult parsed) => parsed.GetValue(NoResolve);

    internal static CheckLine Read(ParseResult parsed, string url)
    {
        var file = parsed.GetValue(Tool) is { } tool ? ReadTool(parsed.GetValue(Config), tool) : ReadFile(parsed.GetValue(PolicyFile));
        var ports = parsed.GetValue(AllowPort) ?? [];
        var addresses = parsed.GetValue(Address) ?? [];
        var policy = file.Options with
        {
            AllowedHosts = [.. file.Options.AllowedHosts, .. parsed.GetValue(AllowHost) ?? []],
            AllowedDnsSuffixes = [.. file.Options.AllowedDnsSuffixes, .. parsed.GetValue(AllowSuffix) ?? []],
            AllowedPorts = ports.Length > 0 ? [.. file.Options.AllowedPorts ?? [], .. ports] : file.Options.AllowedPorts,
            AllowAnyHost = file.Options.AllowAnyHost || parsed.GetValue(AllowAnyHost),
            AllowPrivateTargets = file.Options.AllowPrivateTargets || parsed.GetValue(AllowPrivate),
        };
        RefuseUnusable(policy);
        var method = parsed.GetValue(Method)!;
        var request = method == "CONNECT" ? CheckLine.Tunnel(url) : new EgressRequest { Method = method, Url = url };
        return file with
        {
            Options = policy,
            Request = request with { CredentialBindings = file.Request.CredentialBindings },
            Resolution = addresses.Length > 0 ? GivenResolution.From(addresses) : file.Resolution,
        };
    }

    private static CheckLine ReadTool(FileInfo? config, string tool)
    {
        var file = config?.FullName ?? ConfiguredStateRoot.SettingsFile()
            ?? throw CommandFailureException.Usage("there is no palyra.json here; name the gateway's settings file with --config.");
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, variable.Value as string ?? ""));
        var (settings, errors) = GatewaySettingsReader.Read(file, environment, [], ".");
        if (errors is [var first, ..])
        {
            throw CommandFailureException.Usage(first);
        }

        return settings.Tools.TryGetValue(tool, out var definition)
            ? new CheckLine(definition.Egress ?? new EgressPolicyOptions(), new EgressRequest { Method = "", Url = "" }, default)
            {
                Outer = EgressPolicy.Compile(settings.FleetEgress),
                ToolCredentials = definition.Credentials,
            }
            : throw CommandFailureException.Usage($"{file} names no tool {tool}.");
    }

    private static CheckLine ReadFile(FileInfo? file)
    {
        if (file is null)
        {
            return new CheckLine(new EgressPolicyOptions(), new EgressRequest { Method = "", Url = "" }, default);
        }

        if (!file.Exists || file.Length > CheckLine.MaxBytes)
        {
            throw CommandFailureException.Usage($"{file.FullName} is not there, or larger than {CheckLine.MaxBytes} bytes.");
        }

        return CheckLineReader.Read(File.ReadAllBytes(file.FullName), out var line) is { } malformed
            ? throw CommandFailureException.Usage($"{file.FullName}: {malformed.Detail.Replace("The line", "The file", StringComparison.Ordinal)}")
            : line!;
    }

    private static void RefuseWhatIsNoPort(OptionResult given)
    {
        // What is no number at all is refused by its type.
        foreach (var token in given.Tokens.Where(token => int.TryParse(token.Value, out var port) && port is < 1 or > ushort.MaxValue))
        {
            given.AddError($"{token.Value} is no port: ports are 1 to {ushort.MaxValue}.");
        }
    }

    private static void RefuseUnusable(EgressPolicyOptions policy)
    {
        if (EgressPolicy.Compile(policy).UnusableEntries is [var first, ..])
        {
            throw CommandFailureException.Usage($"'{first}' is no host, IP literal or domain; it would match nothing. Names stand without scheme, port and wildcard.");
        }
    }
}
