using System.Security.Cryptography;
using System.Text;

namespace Palyra.Host.Node;

/// <summary>How a background node is asked to stop where there is no SIGTERM: a named event of its home folder. Elsewhere it does nothing.</summary>
internal static class NodeStopEvent
{
    internal static IDisposable? Listen(NodeHome home, Action stop)
    {
        if (!OperatingSystem.IsWindows())
        {
            return null;
        }

        var stopRequested = new EventWaitHandle(false, EventResetMode.ManualReset, Name(home));
        var registered = ThreadPool.RegisterWaitForSingleObject(stopRequested, (_, _) => stop(), null, Timeout.Infinite, executeOnlyOnce: true);
        return new Listener(stopRequested, registered);
    }

    internal static void Set(NodeHome home)
    {
        if (OperatingSystem.IsWindows() && EventWaitHandle.TryOpenExisting(Name(home), out var stopRequested))
        {
            using (stopRequested)
            {
                stopRequested.Set();
            }
        }
    }

    private static string Name(NodeHome home) =>
        @"Local\palyra-node-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(home.Path.ToUpperInvariant())).AsSpan(0, 8));

    private sealed class Listener(EventWaitHandle handle, RegisteredWaitHandle registered) : IDisposable
    {
        public void Dispose()
        {
            registered.Unregister(null);
            handle.Dispose();
        }
    }
}
