using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Palyra.Host.Node;

namespace Palyra.Host.Demo;

/// <summary>The worker process as the demonstration sees it: told by lines, answering by JSON lines.</summary>
internal sealed class DemoWorker : IAsyncDisposable
{
    // Not the time a step takes but the time after which it counts as lost, also on a machine that is busy with something else.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();
    private readonly Task _reading;
    private readonly Task<string> _complaints;

    private DemoWorker(Process process)
    {
        _process = process;
        _reading = ReadAsync();
        _complaints = process.StandardError.ReadToEndAsync();
    }

    internal int Id => _process.Id;

    internal static DemoWorker Start(params IEnumerable<string> arguments)
    {
        var start = OwnExecutable.StartInfo([DemoWorkerCommand.Name, .. arguments]);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.StandardOutputEncoding = Encoding.UTF8;
        return new DemoWorker(Process.Start(start) ?? throw new InvalidOperationException("The worker process did not start."));
    }

    internal async Task TellAsync(string line)
    {
        await _process.StandardInput.WriteAsync(line + "\n");
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>The next event of this name; others are passed over, except a failure.</summary>
    internal async Task<JsonElement> ExpectAsync(string name, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(Patience);
        try
        {
            while (true)
            {
                var told = await _events.Reader.ReadAsync(patience.Token);
                var what = told.GetProperty("event").GetString();
                if (what == name)
                {
                    return told;
                }

                DemoExpectationException.Require(what != "failed", $"the worker reports: {told}");
            }
        }
        catch (Exception silent) when (silent is ChannelClosedException or OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new DemoExpectationException($"the worker process never said '{name}'. {(silent is ChannelClosedException ? (await _complaints).Split('\n', 2)[0] : "")}");
        }
    }

    /// <summary>SIGKILL: no chance to say good-bye.</summary>
    internal async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited)
            {
                await KillAsync();
            }
        }

        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            using var document = JsonDocument.Parse(line);
            _events.Writer.TryWrite(document.RootElement.Clone());
        }

        _events.Writer.TryComplete();
    }
}
