using System.Diagnostics;

namespace Palyra.Tests.Builders;

/// <summary>A file system in memory of the test's own, small enough to be filled.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Path => _folder.Root;

    /// <summary>Mounts one; <see langword="null"/> where this user may not.</summary>
    public static SmallDisk? TryMount(string options)
    {
        var disk = new SmallDisk();
        if (OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk.Path))
        {
            return disk;
        }

        disk._folder.Dispose();
        return null;
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
