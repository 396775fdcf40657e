using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Palyra.Host.CommandLine;
using Palyra.Host.Operator;

namespace Palyra.Host.Node;

/// <summary><c>palyra node</c>: this machine as a node.</summary>
internal static class NodeCommand
{
    internal static Command Build() => new Command("node", "Install, run and remove this machine as a node.")
    {
        NodeInstall.Build(),
        NodeRun.Build(),
        Leaf("start", "Start the node in the background.", async (home, terminal, cancellation) =>
        {
            NodeHostFile.ReadOrFail(home);
            Print(terminal, await NodeBackground.StartAsync(home, cancellation));
        }),
        Leaf("stop", "Stop the background node.", async (home, terminal, cancellation) =>
        {
            NodeHostFile.ReadOrFail(home);
            var pid = await NodeBackground.StopAsync(home, cancellation);
            OperatorCommand.Print(terminal, json => json.WriteBoolean("was_running", pid is not null));
        }),
        Leaf("restart", "Stop and start the background node.", async (home, terminal, cancellation) =>
        {
            NodeHostFile.ReadOrFail(home);
            await NodeBackground.StopAsync(home, cancellation);
            Print(terminal, await NodeBackground.StartAsync(home, cancellation));
        }),
        Leaf("status", "Show whether the node is installed, paired and running.", StatusAsync),
        Leaf("uninstall", "Stop the node and remove what it made, nothing else.", async (home, terminal, cancellation) =>
        {
            NodeHostFile.ReadOrFail(home);
            await NodeBackground.StopAsync(home, cancellation);
            home.CheckFree(); // one that runs in the foreground is not this command's to stop
            var removed = home.Remove();
            OperatorCommand.Print(terminal, json =>
            {
                json.WriteString("home", home.Path);
                json.WriteStartArray("removed");
                foreach (var path in removed)
                {
                    json.WriteStringValue(Path.GetRelativePath(home.Path, path));
                }

                json.WriteEndArray();
            });
        }),
    }.WithExamples("palyra node install --grpc-url https://gw:7143 --gateway-ca ca.pem", "palyra node start", "palyra node status --json");

    private static Command Leaf(string name, string description, Func<NodeHome, Terminal, CancellationToken, Task> act)
    {
        var home = NodeOptions.Home();
        var command = new Command(name, description) { home };
        command.SetAction(async (parsed, cancellation) =>
        {
            await act(new NodeHome(parsed.GetValue(home)), Terminal.For(parsed), cancellation);
            return ExitCode.Ok;
        });
        return command.WithExamples($"palyra node {name}", $"palyra node {name} --home ./node");
    }

    private static Task StatusAsync(NodeHome home, Terminal terminal, CancellationToken cancellation)
    {
        var host = NodeHostFile.ReadOrFail(home);
        using var workshop = NodeWorkshop.Open(host.ToSettings(), NullLoggerFactory.Instance);
        using var certificate = workshop.Client.GetCertificate();
        using var process = NodeBackground.Find(home);
        OperatorCommand.Print(terminal, json =>
        {
            json.WriteString("device_id", host.DeviceId);
            json.WriteString("grpc_url", host.GrpcUrl);
            json.WriteBoolean("paired", certificate is not null);
            json.WriteBoolean("running", process is not null);
            json.WriteBoolean("worker", host.Worker is not null);
            if (process is not null)
            {
                json.WriteNumber("pid", process.Id);
            }

            if (certificate is not null)
            {
                json.WriteNumber("certificate_expires_at_unix_ms", new DateTimeOffset(certificate.NotAfter.ToUniversalTime()).ToUnixTimeMilliseconds());
            }

            json.WriteString("home", home.Path);
            json.WriteString("stderr_log_path", home.ErrorLog);
        });
        return Task.CompletedTask;
    }

    private static void Print(Terminal terminal, NodeProcessFile process) => OperatorCommand.Print(terminal, json =>
    {
        json.WriteNumber("pid", process.Pid);
        json.WriteString("stdout_log_path", process.StdoutLogPath);
        json.WriteString("stderr_log_path", process.StderrLogPath);
    });
}
