using System.CommandLine;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Palyra.Domain.Audit;
using Palyra.Domain.Nodes;
using Palyra.Domain.Secrets;
using Palyra.Host.Admin;
using Palyra.Host.CommandLine;
using Palyra.Host.Configuration;

namespace Palyra.Host.Gateway;

/// <summary><c>palyra gateway</c>: serves until it is told to stop. SIGTERM and SIGINT stop it in order, SIGHUP reads the policies again.</summary>
internal static class GatewayCommand
{
    private static readonly Option<FileInfo?> Config = new("--config") { Description = "The settings file (default: PALYRA_CONFIG, else palyra.json here).", HelpName = "file" };
    private static readonly Option<string?> StateRoot = new("--state-root") { Description = "The folder that holds all state.", HelpName = "dir" };
    private static readonly Option<string?> NodeRpc = new("--node-rpc") { Description = "Where nodes connect; port 0 chooses one.", HelpName = "host:port" };
    private static readonly Option<string?> Egress = new("--egress") { Description = "Where the egress proxy listens; port 0 chooses one.", HelpName = "host:port" };
    private static readonly Option<bool> PrintConfig = new("--print-config") { Description = "Print the settings as read, and do nothing else." };

    internal static Command Build()
    {
        var command = new Command("gateway", "Serve nodes and workers, the egress proxy and the admin API.") { Config, StateRoot, NodeRpc, Egress, PrintConfig };
        command.SetAction(RunAsync);
        return command.WithExamples(
            "palyra gateway",
            "palyra gateway --state-root ./state --node-rpc 127.0.0.1:0 --json",
            "PALYRA_FLEET__MAX_TTL_MS=60000 palyra gateway --print-config");
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        var terminal = Terminal.For(parsed);
        var settings = ReadOrFail(parsed);
        if (parsed.GetValue(PrintConfig))
        {
            terminal.WriteJson(json => SettingsPrinter.Write(json, settings));
            return ExitCode.Ok;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await using var gateway = await StartOrFailAsync(settings, stop.Token);
        if (gateway is null)
        {
            return ExitCode.Ok;
        }

        using var reload = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            Reload(parsed, gateway, settings, terminal);
        });
        Announce(terminal, gateway);
        await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await gateway.StopAsync();
        return ExitCode.Ok;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <returns>The gateway; absent when it was told to stop before it was one.</returns>
    private static async Task<GatewayHost?> StartOrFailAsync(GatewaySettings settings, CancellationToken cancellation)
    {
        try
        {
            return await GatewayHost.StartAsync(
                settings,
                logging => logging.SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning)
                    .AddSimpleConsole(console => console.SingleLine = true)
                    .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace),
                cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception failure) when (failure is IOException or SocketException or NodeRuntimeStoreException or SecretStoreException or AuditSinkException
            or UnauthorizedAccessException or Microsoft.Extensions.Options.OptionsValidationException)
        {
            throw CommandFailureException.Refused(HostReason.GatewayStartFailed, failure.Message);
        }
    }

    private static void Announce(Terminal terminal, GatewayHost gateway)
    {
        var services = gateway.Services;
        if (terminal.Json)
        {
            terminal.WriteJson(json =>
            {
                json.WriteString("event", "listening");
                json.WriteString("node_rpc", gateway.NodeRpc.ToString());
                json.WriteString("egress", gateway.Egress.ToString());
                json.WriteString("admin", gateway.AdminAddress);
                json.WriteString("gateway_ca_file", gateway.CaFile);
                json.WriteString("gateway_ca_sha256", services.Certificates.CaSha256);
            });
            return;
        }

        terminal.WriteLine($"node rpc    {gateway.NodeRpc}");
        terminal.WriteLine($"egress      {gateway.Egress}");
        terminal.WriteLine($"admin       {gateway.AdminAddress}");
        terminal.WriteLine($"gateway ca  {gateway.CaFile}");
        terminal.WriteLine($"ca sha256   {services.Certificates.CaSha256}");
    }

    /// <summary>Puts new policies in place. Whatever is wrong with them leaves the old ones: a gateway does not end over a file, its calls least of all.</summary>
    private static void Reload(ParseResult parsed, GatewayHost gateway, GatewaySettings started, Terminal terminal)
    {
        try
        {
            var (settings, errors) = Read(parsed);
            if (errors.Count > 0)
            {
                terminal.Error.WriteLine("palyra: the settings were not reloaded:\n" + string.Join('\n', errors));
                return;
            }

            gateway.Reload(settings);
            terminal.Error.WriteLine("palyra: the policies were reloaded.");
            if (started.WhatNeedsARestart(settings).ToArray() is { Length: > 0 } waiting)
            {
                terminal.Error.WriteLine($"palyra: changed, but in force only after a restart: {string.Join(", ", waiting)}.");
            }
        }
        catch (Exception unforeseen) when (unforeseen is not OutOfMemoryException)
        {
            terminal.Error.WriteLine($"palyra: the settings were not reloaded: {unforeseen.GetType().Name}: {unforeseen.Message}");
        }
    }

    private static GatewaySettings ReadOrFail(ParseResult parsed)
    {
        var (settings, errors) = Read(parsed);
        return errors.Count == 0 ? settings : throw CommandFailureException.Usage("the settings do not hold:\n  " + string.Join("\n  ", errors));
    }

    private static (GatewaySettings Settings, IReadOnlyList<string> Errors) Read(ParseResult parsed)
    {
        var file = parsed.GetValue(Config)?.FullName ?? ConfiguredStateRoot.SettingsFile();
        var environment = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(variable => KeyValuePair.Create((string)variable.Key, variable.Value as string ?? ""));
        var flags = new List<Setting>();
        AddFlag("state_root", "--state-root", parsed.GetValue(StateRoot));
        AddFlag("node_rpc", "--node-rpc", parsed.GetValue(NodeRpc));
        AddFlag("egress", "--egress", parsed.GetValue(Egress));
        return GatewaySettingsReader.Read(file, environment, flags, AdminAddress.DefaultStateRoot());

        void AddFlag(string name, string origin, string? value)
        {
            if (value is not null)
            {
                flags.Add(new Setting(name, JsonSerializer.SerializeToElement(value, SettingsJson.Default.String), origin));
            }
        }
    }
}
