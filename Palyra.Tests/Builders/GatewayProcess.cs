using System.Security.Cryptography;
using System.Text.Json;

namespace Palyra.Tests.Builders;

/// <summary>A <c>palyra gateway</c> as a child process, with one trusted attestation signer, in a folder of its own.</summary>
internal sealed class GatewayProcess : IDisposable
{
    internal const string KeyId = "test-signer";
    private readonly TemporaryFolder _folder;
    private readonly Lock _lock = new();
    private readonly List<(string Text, TaskCompletionSource Said)> _awaited = [];
    private PalyraProcess _palyra;

    private GatewayProcess(TemporaryFolder folder, PalyraProcess palyra, JsonElement listening)
    {
        _folder = folder;
        _palyra = palyra;
        NodeRpc = listening.GetProperty("node_rpc").GetString()!;
        Egress = listening.GetProperty("egress").GetString()!;
        CaFile = listening.GetProperty("gateway_ca_file").GetString()!;
    }

    internal string NodeRpc { get; }

    internal string Egress { get; }

    internal string CaFile { get; }

    internal string SignerKey => _folder.File("signer.pem");

    internal PalyraProcess Process => _palyra;

    internal string File(string name) => _folder.File(name);

    internal static async Task<GatewayProcess> StartAsync()
    {
        var folder = new TemporaryFolder();
        using (var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            await System.IO.File.WriteAllTextAsync(folder.File("signer.pem"), signer.ExportPkcs8PrivateKeyPem());
            await System.IO.File.WriteAllTextAsync(folder.File("signer.pub"), signer.ExportSubjectPublicKeyInfoPem());
        }

        var (palyra, listening) = await LaunchAsync(folder, "127.0.0.1:0", "127.0.0.1:0");
        var gateway = new GatewayProcess(folder, palyra, listening);
        _ = gateway.ReadLogAsync();
        return gateway;
    }

    /// <summary>Kills the process, as a power cut would, and starts another one in its place: same state, same ports.</summary>
    internal async Task KillAndStartAgainAsync()
    {
        _palyra.Process.Kill(entireProcessTree: true);
        await _palyra.Process.WaitForExitAsync();
        _palyra.Dispose();
        (_palyra, _) = await LaunchAsync(_folder, NodeRpc, Egress);
        _ = ReadLogAsync();
    }

    private static async Task<(PalyraProcess Process, JsonElement Listening)> LaunchAsync(TemporaryFolder folder, string nodeRpc, string egress)
    {
        await System.IO.File.WriteAllTextAsync(folder.File("palyra.json"), JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["state_root"] = folder.File("state"),
            ["node_rpc"] = nodeRpc,
            ["egress"] = egress,
            ["fleet"] = new Dictionary<string, object>
            {
                ["trusted_capabilities"] = new[] { "tool:palyra.echo", "tool:palyra.sleep" },
                ["signers"] = new[] { new Dictionary<string, string> { ["key_id"] = KeyId, ["public_key_file"] = folder.File("signer.pub") } },
            },
        }));
        var palyra = PalyraProcess.Start("gateway", "--config", folder.File("palyra.json"), "--json");
        var line = await palyra.Process.StandardOutput.ReadLineAsync();
        using var listening = JsonDocument.Parse(line ?? throw new InvalidOperationException(await palyra.Process.StandardError.ReadToEndAsync()));
        return (palyra, listening.RootElement.Clone());
    }

    /// <summary>Has it read its policies again; completes when it has said this of them.</summary>
    internal async Task HangUpAsync(string saying)
    {
        var said = UntilSaidAsync(saying);
        await _palyra.SignalAsync("HUP");
        await said.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Completes when its standard error has a line with this text, from now on.</summary>
    internal Task UntilSaidAsync(string text)
    {
        var said = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _awaited.Add((text, said));
        }

        return said.Task;
    }

    private async Task ReadLogAsync()
    {
        var log = _palyra.Process.StandardError;
        while (await log.ReadLineAsync() is { } line)
        {
            lock (_lock)
            {
                foreach (var (_, said) in _awaited.Where(awaited => line.Contains(awaited.Text, StringComparison.Ordinal)))
                {
                    said.TrySetResult();
                }
            }
        }
    }

    /// <summary>An operator command against this gateway; its answer, which must be a success unless said otherwise.</summary>
    internal async Task<PalyraProcess.Finished> RunAsync(params string[] arguments) => await PalyraProcess.RunAsync([.. arguments, "--state-root", _folder.File("state")]);

    /// <summary>An operator command with <c>--json</c> that must succeed: its lines.</summary>
    internal async Task<JsonElement[]> JsonAsync(params string[] arguments)
    {
        var finished = await RunAsync([.. arguments, "--json"]);
        Assert.True(finished.ExitCode == 0, $"{string.Join(' ', arguments)}: {finished.Output}{finished.Error}");
        return [.. finished.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
    }

    public void Dispose()
    {
        _palyra.Dispose();
        _folder.Dispose();
    }
}
