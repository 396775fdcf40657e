using Palyra.Adapters.Json.Files;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Node;

/// <summary>The folder of an installed node, and everything in it that is the node's. What else lies there is never touched.</summary>
internal sealed class NodeHome
{
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
    /// <exception cref="CommandFailureException">Another process holds it.</exception>
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
        catch (IOException)
        {
            throw CommandFailureException.Refused("node.already_running", $"a node runs already in {Path}.");
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
