using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Files;

/// <summary>The folder that holds the state: canonical, its owner's only, and left by no link.</summary>
public sealed class StateRoot
{
    private StateRoot(string path) => Path = path;

    /// <summary>The folder's own path, absolute, with every link on the way resolved.</summary>
    public string Path { get; }

    /// <summary>Opens the folder, creating it (0700) when it is absent, and closes it to others when it is not.</summary>
    /// <exception cref="NodeRuntimeStoreException">The path is empty, not a folder, or cannot be created or closed to others.</exception>
    public static StateRoot Open(string? path)
    {
        var root = Canonical(path);
        try
        {
            AtomicFile.CreateFolder(root);
            root = Canonical(root);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(root) & ~AtomicFile.OwnerOnlyFolder) != 0)
            {
                File.SetUnixFileMode(root, AtomicFile.OwnerOnlyFolder);
            }
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new NodeRuntimeStoreException(
                $"The state root {root} cannot be used: {broken.Message} Choose a folder that this user owns and may write to.", broken);
        }

        return new StateRoot(root);
    }

    /// <summary>Looks at an existing folder without changing it.</summary>
    /// <exception cref="NodeRuntimeStoreException">There is no such folder.</exception>
    public static StateRoot Inspect(string? path)
    {
        var root = Canonical(path);
        return Directory.Exists(root) ? new StateRoot(root) : throw new NodeRuntimeStoreException($"There is no folder {root}.");
    }

    /// <summary>The path of a file directly in the root.</summary>
    /// <exception cref="NodeRuntimeStoreException">There is a link, or something that is no file, in its place.</exception>
    public string FileNamed(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (!string.Equals(System.IO.Path.GetFileName(name), name, StringComparison.Ordinal) || name is "." or "..")
        {
            throw new ArgumentException("A file of the state root has a plain name.", nameof(name));
        }

        var path = System.IO.Path.Combine(Path, name);
        var file = new FileInfo(path);
        if (file.LinkTarget is not null)
        {
            throw new NodeRuntimeStoreException($"{path} is a link. State never leaves its root: put the file itself there, or remove the link.");
        }

        return Directory.Exists(path) ? throw new NodeRuntimeStoreException($"{path} is a folder where a file is expected.") : path;
    }

    private static string Canonical(string? path)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new NodeRuntimeStoreException("The state root is empty. Name a folder.");
        }

        try
        {
            return Resolve(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path)), depth: 0);
        }
        catch (Exception broken) when (broken is IOException or ArgumentException or UnauthorizedAccessException)
        {
            throw new NodeRuntimeStoreException($"The state root cannot be resolved: {broken.Message}", broken);
        }
    }

    private static string Resolve(string path, int depth)
    {
        if (depth > 40)
        {
            throw new IOException("Too many links.");
        }

        if (System.IO.Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        var here = System.IO.Path.Combine(Resolve(parent, depth), System.IO.Path.GetFileName(path));
        var folder = new DirectoryInfo(here);

        // A folder that is yet to be created is no link; asking for its target would be an error.
        return folder.LinkTarget is not null && folder.ResolveLinkTarget(returnFinalTarget: false) is { } target ? Resolve(target.FullName, depth + 1) : here;
    }
}
