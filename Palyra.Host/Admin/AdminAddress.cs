using System.Security.Cryptography;
using System.Text;

namespace Palyra.Host.Admin;

/// <summary>Where a gateway's admin API is: a Unix domain socket in its state root, a named pipe on Windows. Never a network port.</summary>
internal static class AdminAddress
{
    /// <summary>The longest path a Unix domain socket may have everywhere.</summary>
    internal const int MaxSocketPathBytes = 103;

    /// <summary>The socket or pipe of the gateway with this state root.</summary>
    internal static string Of(string stateRoot)
    {
        if (OperatingSystem.IsWindows())
        {
            var hash = SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(stateRoot).ToUpperInvariant()));
            return @"\\.\pipe\palyra-admin-" + Convert.ToHexStringLower(hash.AsSpan(0, 8));
        }

        return Path.Combine(Path.GetFullPath(stateRoot), "admin.sock");
    }

    /// <summary>The state root when nobody names one: <c>PALYRA_STATE_ROOT</c>, else a folder of the user's own.</summary>
    internal static string DefaultStateRoot() =>
        Environment.GetEnvironmentVariable("PALYRA_STATE_ROOT") is { Length: > 0 } named
            ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "palyra", "gateway");
}
