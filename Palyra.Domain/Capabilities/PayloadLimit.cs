namespace Palyra.Domain.Capabilities;

/// <summary>How large an input or output may be.</summary>
public static class PayloadLimit
{
    /// <summary>The limit of a request that names none (0): 1 MiB.</summary>
    public const ulong Default = 1024 * 1024;

    /// <summary>No request is allowed more: 16 MiB.</summary>
    public const ulong Ceiling = 16 * 1024 * 1024;

    /// <summary>The limit that holds for a wish: 0 means the default, more than the ceiling means the ceiling.</summary>
    public static ulong Effective(ulong requested) => requested == 0 ? Default : Math.Min(requested, Ceiling);
}
