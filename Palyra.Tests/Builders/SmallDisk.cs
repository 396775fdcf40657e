using System.Diagnostics;

namespace Palyra.Tests.Builders;

/// <summary>A file system in memory of the test's own, small enough to be filled.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private SmallDisk()
    {
    }

    public string Path => _folder.Root;

    /// <summary>Whether this user may mount one.</summary>
    public static bool CanMount { get; } = TryMount();

    public static SmallDisk Mount(string options)
    {
        var disk = new SmallDisk();
        Assert.True(Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.Path));
        return disk;
    }

    public void Remount(string options) => Assert.True(Run("mount", "-o", $"remount,{options}", Path));

    /// <summary>Fills the disk but for so many bytes.</summary>
    public string Fill(long leaving)
    {
        var ballast = System.IO.Path.Combine(Path, "ballast");
        var free = new DriveInfo(Path).AvailableFreeSpace;
        File.WriteAllBytes(ballast, new byte[Math.Max(0, free - leaving)]);
        return ballast;
    }

    public void Dispose()
    {
        Run("umount", Path);
        _folder.Dispose();
    }

    private static bool TryMount()
    {
        using var folder = new TemporaryFolder();
        return OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "tmpfs", folder.Root) && Run("umount", folder.Root);
    }

    private static bool Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
