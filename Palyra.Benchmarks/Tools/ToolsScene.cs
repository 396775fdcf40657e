using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Palyra.Benchmarks.Tools;

/// <summary>A <c>palyra gateway</c> and its workers, each a process, installed as a person would. Asked over the admin socket, so that no command's start is measured.</summary>
internal sealed class ToolsScene : IAsyncDisposable
{
    // Ten pairings a minute may come from one address.
    private const int PairingsPerAddress = 10;
    private readonly string _folder = Directory.CreateTempSubdirectory("palyra-bench-").FullName;
    private readonly List<Process> _processes = [];
    private HttpClient _admin = new();
    private string _nodeRpc = "";
    private string _egress = "";
    private string _authority = "";

    private ToolsScene() { }

    internal static async Task<ToolsScene> StartAsync(int workers)
    {
        var scene = new ToolsScene();
        try
        {
            await scene.StartGatewayAsync();
            for (var first = 0; first < workers; first += PairingsPerAddress)
            {
                using var relay = new SourceRelay(scene._nodeRpc, $"127.0.0.{2 + (first / PairingsPerAddress)}");
                await Parallel.ForEachAsync(
                    Enumerable.Range(first, Math.Min(PairingsPerAddress, workers - first)), new ParallelOptions { MaxDegreeOfParallelism = 2 },
                    async (number, _) => await scene.StartWorkerAsync(Path.Combine(scene._folder, $"node-{number}"), relay.Authority));
            }

            await scene.UntilRegisteredAsync(workers);
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    internal Task<JsonElement> InvokeAsync(string run, string input, CancellationToken cancellation) => PostAsync(
        "/v1/tools/invoke", $$"""{"tool":"palyra.echo","run_id":"{{run}}","input_json":{{JsonEncodedString(input)}}}""", cancellation);

    /// <summary>Nothing runs any more, and the nodes have finished exactly as many requests as there were calls.</summary>
    internal async Task CheckAsync(int calls)
    {
        var finished = 0;
        foreach (var node in (await GetAsync("/v1/nodes")).EnumerateArray())
        {
            var status = await GetAsync($"/v1/nodes/{node.GetProperty("device_id").GetString()}/status");
            finished += status.GetProperty("finished").GetInt32() + (1_000_000 * (status.GetProperty("queued").GetInt32() + status.GetProperty("in_flight").GetInt32()));
        }

        if (finished != calls)
        {
            throw new InvalidOperationException($"{calls} calls were made and {finished} finished.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
        }

        foreach (var process in _processes)
        {
            await process.WaitForExitAsync();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartGatewayAsync()
    {
        using (var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            await File.WriteAllTextAsync(Path.Combine(_folder, "signer.pem"), signer.ExportPkcs8PrivateKeyPem());
            await File.WriteAllTextAsync(Path.Combine(_folder, "signer.pub"), signer.ExportSubjectPublicKeyInfoPem());
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "palyra.json"), $$"""
            {
              "state_root": "{{_folder}}/state", "node_rpc": "127.0.0.1:0", "egress": "127.0.0.1:0",
              "fleet": { "trusted_capabilities": ["tool:palyra.echo"], "signers": [{ "key_id": "bench", "public_key_file": "{{_folder}}/signer.pub" }] }
            }
            """);
        var gateway = Start("gateway", "--config", Path.Combine(_folder, "palyra.json"), "--json");
        _processes.Add(gateway);
        using var listening = JsonDocument.Parse(await gateway.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The gateway did not start."));
        _nodeRpc = listening.RootElement.GetProperty("node_rpc").GetString()!;
        _egress = listening.RootElement.GetProperty("egress").GetString()!;
        _authority = listening.RootElement.GetProperty("gateway_ca_file").GetString()!;
        var socket = listening.RootElement.GetProperty("admin").GetString()!;
        _admin.Dispose();
        _admin = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellation);
                return new NetworkStream(connection, ownsSocket: true);
            },
        })
        { BaseAddress = new Uri("http://admin") };
    }

    private async Task StartWorkerAsync(string home, string pairBy)
    {
        var code = (await PostAsync("/v1/pairing/codes", "{}", CancellationToken.None)).GetProperty("code").GetString();
        using (var install = Start(
            "node", "install", "--grpc-url", $"https://{pairBy}", "--gateway-ca", _authority, "--no-wait", "--home", home, "--json", "--poll-interval-ms", "200",
            "--attestation-key", Path.Combine(_folder, "signer.pem"), "--attestation-key-id", "bench", "--egress-proxy", _egress))
        {
            await install.StandardInput.WriteLineAsync(code);
            var said = await install.StandardOutput.ReadLineAsync();
            await install.WaitForExitAsync();
            using var pending = JsonDocument.Parse(said ?? throw new InvalidOperationException("A node was not installed."));
            if (install.ExitCode != 0)
            {
                throw new InvalidOperationException(said);
            }

            await PostAsync($"/v1/pairing/requests/{pending.RootElement.GetProperty("request_id").GetString()}/approve", "{}", CancellationToken.None);
        }

        // It was paired through the relay and works without it.
        var file = Path.Combine(home, "node-host.json");
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace(pairBy, _nodeRpc, StringComparison.Ordinal));
        var worker = Start("node", "run", "--home", home);
        lock (_processes)
        {
            _processes.Add(worker);
        }
    }

    private async Task UntilRegisteredAsync(int workers)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var patience = Stopwatch.StartNew();
        while ((await GetAsync("/v1/workers")).EnumerateArray().Count(worker => worker.GetProperty("state").GetString() == "registered") < workers)
        {
            if (patience.Elapsed > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException("The workers never registered.");
            }

            await pause.WaitForNextTickAsync();
        }
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "palyra.dll"), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        return process;
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        using var answer = JsonDocument.Parse(await _admin.GetByteArrayAsync(path));
        return answer.RootElement.Clone();
    }

    private async Task<JsonElement> PostAsync(string path, string body, CancellationToken cancellation)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await _admin.PostAsync(path, content, cancellation);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
        return response.IsSuccessStatusCode ? answer.RootElement.Clone() : throw new InvalidOperationException($"{path}: {answer.RootElement}");
    }

    private static string JsonEncodedString(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
