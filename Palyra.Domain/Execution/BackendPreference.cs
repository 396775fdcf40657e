using System.Diagnostics;

namespace Palyra.Domain.Execution;

/// <summary>What the operator prefers. The zero value is no preference that was ever stated, and nothing fits it.</summary>
public enum BackendPreference
{
    /// <summary>Never stated: denied.</summary>
    Unspecified = 0,

    /// <summary><c>automatic</c>: the local sandbox, unless the tool demands isolation it does not have.</summary>
    Automatic,

    /// <summary><c>local_sandbox</c>.</summary>
    LocalSandbox,

    /// <summary><c>desktop_node</c>.</summary>
    DesktopNode,

    /// <summary><c>networked_worker</c>.</summary>
    NetworkedWorker,
}

/// <summary>The names of the preferences.</summary>
public static class BackendPreferences
{
    /// <summary>The name in configuration and output.</summary>
    public static string Name(this BackendPreference preference) => preference switch
    {
        BackendPreference.Unspecified => "unspecified",
        BackendPreference.Automatic => "automatic",
        _ => preference.Backend().Id(),
    };

    /// <summary>Reads a name, ASCII-case-insensitive and trimmed. Unknown names and <c>unspecified</c> are refused.</summary>
    public static bool TryParse(string? text, out BackendPreference preference)
    {
        preference = BackendPreference.Unspecified;
        foreach (var candidate in (ReadOnlySpan<BackendPreference>)
            [BackendPreference.Automatic, BackendPreference.LocalSandbox, BackendPreference.DesktopNode, BackendPreference.NetworkedWorker])
        {
            if (string.Equals(text?.Trim(), candidate.Name(), StringComparison.OrdinalIgnoreCase))
            {
                preference = candidate;
            }
        }

        return preference != BackendPreference.Unspecified;
    }

    /// <summary>The backend a preference names; none for the two that name no one.</summary>
    internal static ExecutionBackend Backend(this BackendPreference preference) => preference switch
    {
        BackendPreference.Unspecified or BackendPreference.Automatic => ExecutionBackend.None,
        BackendPreference.LocalSandbox => ExecutionBackend.LocalSandbox,
        BackendPreference.DesktopNode => ExecutionBackend.DesktopNode,
        BackendPreference.NetworkedWorker => ExecutionBackend.NetworkedWorker,
        _ => throw new UnreachableException(),
    };
}
