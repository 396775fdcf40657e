using System.Text;

namespace Palyra.Domain.Egress.Credentials;

/// <summary>Names a secret without holding it. Any text may stand here; <see cref="IsVaultPath"/> says whether the vault can be asked for it.</summary>
/// <param name="Kind">Where the secret is kept.</param>
/// <param name="Path">For the vault <c>scope/key</c>.</param>
public sealed record SecretReference(SecretKind Kind, string Path)
{
    /// <summary>The longest vault path, in UTF-8 bytes.</summary>
    public const int MaxBytes = 512;

    /// <summary>A reference into the vault.</summary>
    public static SecretReference Vault(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return new(SecretKind.Vault, path);
    }

    /// <summary>
    /// Whether this is <c>scope/key</c>: at most <see cref="MaxBytes"/>, two or more segments, none empty and none <c>.</c> or <c>..</c>,
    /// no control character, no lone surrogate, no backslash.
    /// </summary>
    public bool IsVaultPath
    {
        get
        {
            if (string.IsNullOrEmpty(Path) || Path.Length > MaxBytes || Encoding.UTF8.GetByteCount(Path) > MaxBytes)
            {
                return false;
            }

            foreach (var character in Path)
            {
                if (char.IsControl(character) || char.IsSurrogate(character) || character == '\\')
                {
                    return false;
                }
            }

            var segments = 0;
            foreach (var range in Path.AsSpan().Split('/'))
            {
                var segment = Path.AsSpan()[range];
                if (segment.IsWhiteSpace() || segment is "." or "..")
                {
                    return false;
                }

                segments++;
            }

            return segments >= 2;
        }
    }

    /// <summary>The kind and the path, which is a name and no secret.</summary>
    public override string ToString() => $"{Kind}:{Path}";
}
