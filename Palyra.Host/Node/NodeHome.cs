using Palyra.Adapters.Json.Files;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Node;

/// <summary>The folder of an installed node, and everything in it that is the node's. What else lies there is never touched.</summary>
internal sealed class NodeHome
{
    // What the system says of a file that another process keeps to itself: EWOULDBLOCK, and ERROR_SHARING_VIOLATION.
    private const int LockedOnLinux = 11;
    private const int LockedOnMacOS = 35;
    private const int LockedOnWindows = unchecked((int)0x80070020);

    internal NodeHome(string? path) => Path = System.IO.Path.GetFullPath(path ?? Default());

    internal string Path { get; }

    internal string HostFile => In("node-host.json");

    internal string ProcessFile => In("node-host-process.json");

    internal string CaFile => In("gateway-ca.pem");

    internal string IdentityStore => In("identity");

    internal string OutputLog => In("node.stdout.log");

    internal string ErrorLog => In("node.stderr.log");

    private string LockFile => In("node.lock");

    internal void Create() => AtomicFile.CreateFolder(Path);

    /// <summary>Holds the home for one process until this is disposed: two under one identity would push each other off the gateway for ever.</summary>
    /// <exception cref="CommandFailureException">Another process holds it, or the home cannot be written to.</exception>
    internal IDisposable Hold()
    {
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return new FileStream(LockFile, options);
        }
        catch (IOException busy) when (busy.HResult is LockedOnLinux or LockedOnMacOS or LockedOnWindows)
        {
            throw CommandFailureException.Refused(HostReason.NodeAlreadyRunning, $"a node runs already in {Path}.");
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException)
        {
            throw CommandFailureException.Refused(HostReason.NodeHomeUnusable, $"the home cannot be used: {unusable.Message}");
        }
    }

    /// <summary>Fails when another process holds the home. Without a lock file none does, and none is made for it: a full disk must not keep a node from being removed.</summary>
    /// <exception cref="CommandFailureException">Another process holds it, or its lock file cannot be opened.</exception>
    internal void CheckFree()
    {
        if (File.Exists(LockFile))
        {
            Hold().Dispose();
        }
    }

    /// <summary>Removes what the node made, and the folders it leaves empty.</summary>
    /// <returns>What was removed.</returns>
    internal IReadOnlyList<string> Remove()
    {
        var removed = new List<string>();
        IEnumerable<string> files = [HostFile, ProcessFile, CaFile, OutputLog, ErrorLog, LockFile, System.IO.Path.Combine(IdentityStore, "store.key")];
        var secrets = System.IO.Path.Combine(IdentityStore, "secrets");
        if (Directory.Exists(secrets))
        {
            files = files.Concat(Directory.EnumerateFiles(secrets, "*.sealed"));
        }

        foreach (var file in files.Where(File.Exists).ToArray())
        {
            File.Delete(file);
            removed.Add(file);
        }

        foreach (var folder in new[] { secrets, IdentityStore, Path }.Where(folder => Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            Directory.Delete(folder);
            removed.Add(folder);
        }

        return removed;
    }

    private string In(string name) => System.IO.Path.Combine(Path, name);

    private static string Default() => Environment.GetEnvironmentVariable("PALYRA_NODE_HOME") is { Length: > 0 } named
        ? named
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "palyra", "node");
}
