using System.Text;

namespace Palyra.Domain.Leasing;

/// <summary>The part of a file system a leased worker may touch. Immutable; the list is copied when it is set.</summary>
public sealed record WorkspaceScope
{
    /// <summary>The most paths of one scope.</summary>
    public const int MaxPaths = 1024;

    /// <summary>The longest path, in UTF-8 bytes.</summary>
    public const int MaxPathBytes = 4096;

    private readonly string[] _allowedPaths = [];

    // Judged when they are set, not at every use: a scope is asked about at each assignment.
    private readonly bool _pathsAreConfined = true;

    /// <summary>The root that the paths are relative to.</summary>
    public required string WorkspaceRoot { get; init; }

    /// <summary>Paths below the root that the worker may use; see <see cref="IsConfined"/>.</summary>
    public IReadOnlyList<string> AllowedPaths
    {
        get => _allowedPaths;
        init
        {
            _allowedPaths = value is { Count: > 0 } ? [.. value] : [];
            _pathsAreConfined = _allowedPaths.Length <= MaxPaths && Array.TrueForAll(_allowedPaths, IsConfined);
        }
    }

    /// <summary>Whether the worker may only read.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>
    /// Whether a path stays below its root on every platform: relative, with <c>/</c> between its segments, no empty, <c>.</c> or <c>..</c> segment,
    /// no backslash, no colon (drives, streams), no control character, at most <see cref="MaxPathBytes"/> bytes.
    /// </summary>
    public static bool IsConfined(string? path)
    {
        if (string.IsNullOrEmpty(path) || path.Length > MaxPathBytes || Encoding.UTF8.GetByteCount(path) > MaxPathBytes)
        {
            return false;
        }

        foreach (var segment in path.AsSpan().Split('/'))
        {
            if (path.AsSpan(segment) is "" or "." or "..")
            {
                return false;
            }
        }

        foreach (var character in path)
        {
            if (character is '\\' or ':' || char.IsControl(character))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether the root is present and bounded, and every allowed path is confined to it.</summary>
    public bool IsValid() =>
        WorkspaceRoot is { Length: <= MaxPathBytes } root && !root.Contains('\0') && _pathsAreConfined;
}
