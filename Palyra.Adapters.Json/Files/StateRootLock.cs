using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Files;

/// <summary>Keeps a second process off a state root. The operating system holds it: it ends with the process, however that ends.</summary>
public sealed class StateRootLock : IDisposable
{
    /// <summary>The file that is locked. It stays where it is; that it exists means nothing.</summary>
    public const string FileName = "node-runtime.v1.lock";

    private const int Attempts = 5;

    private readonly FileStream _file;

    private StateRootLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="NodeRuntimeStoreException">Another process, or another part of this one, has it; or the folder cannot be written to.</exception>
    public static StateRootLock Take(StateRoot root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var path = root.FileNamed(FileName);
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = AtomicFile.OwnerOnly;
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new StateRootLock(new FileStream(path, options));
            }
            catch (UnauthorizedAccessException denied)
            {
                throw new NodeRuntimeStoreException($"{path} cannot be opened: {denied.Message} The state root must be writable by this user.", denied);
            }
            catch (IOException) when (attempt < Attempts)
            {
                // Who only looks whether it is taken has it for a moment.
                Thread.Sleep(20);
            }
            catch (IOException busy)
            {
                throw new NodeRuntimeStoreException(
                    $"The state root {root.Path} cannot be locked: {busy.Message} If another process uses it, stop that one or choose another folder.", busy);
            }
        }
    }

    /// <summary>Whether somebody has the lock.</summary>
    internal static bool IsTaken(StateRoot root)
    {
        var path = root.FileNamed(FileName);
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None);
            return false;
        }
        catch (Exception absent) when (absent is FileNotFoundException or UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
