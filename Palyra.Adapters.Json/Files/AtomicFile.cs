using System.Buffers;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Palyra.Adapters.Json.Files;

/// <summary>
/// Replaces a file so that a reader, or a machine that loses power, sees the old content or the new one and never a mixture.
/// </summary>
/// <remarks>Temporary file in the same folder, flush to disk, rename over the target, flush the folder. On Unix the file is readable by its owner only (0600).</remarks>
public static partial class AtomicFile
{
    /// <summary>The ending of temporary files; one left behind by a crash may be deleted.</summary>
    internal const string TemporarySuffix = ".tmp";

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("0123456789abcdef");

    /// <summary>Owner may read and write; nobody else may do anything.</summary>
    internal const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Owner may list and change the folder; nobody else may do anything.</summary>
    internal const UnixFileMode OwnerOnlyFolder = OwnerOnly | UnixFileMode.UserExecute;

    /// <summary>Replaces, or creates, the file. Once this returns, the new content survives a power cut.</summary>
    /// <exception cref="IOException">
    /// The disk is full, the folder is gone, or the like. The file has its old content, or, when the folder alone could not be flushed, the new one, which a
    /// power cut may still undo.
    /// </exception>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        Place(path, content, static (stream, content) => stream.Write(content));
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>
    /// Replaces, or creates, the file with what is written to the stream, which buffers nothing. It survives a power cut only after
    /// <see cref="FlushFolder"/>; until then either content may be found.
    /// </summary>
    /// <exception cref="IOException">Nothing was replaced: the disk is full, the folder is gone, or the like.</exception>
    internal static void Place<TState>(string path, TState state, Action<Stream, TState> write)
        where TState : allows ref struct
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new ArgumentException("A file needs a folder.", nameof(path));
        var temporary = Path.Combine(folder, $".{RandomNumberGenerator.GetHexString(16, lowercase: true)}{TemporarySuffix}");
        try
        {
            using (var stream = new FileStream(temporary, NewFile()))
            {
                write(stream, state);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Creates a folder, and its missing parents, for its owner only (0700 on Unix). An existing folder is left as it is. Once this returns, what was created
    /// survives a power cut.
    /// </summary>
    public static void CreateFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        List<string> parents = [];
        for (var missing = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)); !Directory.Exists(missing) && Path.GetDirectoryName(missing) is { } parent;
             missing = parent)
        {
            parents.Add(parent);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnerOnlyFolder);
        }

        parents.ForEach(FlushFolder);
    }

    /// <summary>Deletes what a process that has ended left half written in a folder. What is newer than this process may be in the making.</summary>
    internal static void DeleteLeftovers(string folder, SearchOption depth = SearchOption.TopDirectoryOnly)
    {
        using var self = Process.GetCurrentProcess();
        var started = self.StartTime.ToUniversalTime();
        foreach (var path in Directory.EnumerateFiles(folder, $".*{TemporarySuffix}", depth))
        {
            var name = Path.GetFileName(path.AsSpan())[1..^TemporarySuffix.Length];
            if (!name.ContainsAnyExcept(NameCharacters) && File.GetLastWriteTimeUtc(path) < started)
            {
                File.Delete(path);
            }
        }
    }

    /// <summary>Makes renames, creations and deletions in a folder survive a power cut. Windows journals them itself.</summary>
    internal static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(folder, 0);
        if (descriptor < 0)
        {
            throw new IOException($"Cannot open the folder '{folder}' to flush it: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        try
        {
            if (FSync(descriptor) != 0)
            {
                throw new IOException($"Cannot flush the folder '{folder}': {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static FileStreamOptions NewFile()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
