namespace Palyra.Domain.Egress.Credentials;

/// <summary>Which secret values can stand in a header as they are. A line end in one would split the head it is written into.</summary>
public static class CredentialText
{
    /// <summary>The longest value, in bytes.</summary>
    public const int MaxBytes = 8 * 1024;

    /// <summary>Whether a value is 1 to <see cref="MaxBytes"/> visible ASCII characters, spaces only between them.</summary>
    public static bool IsInjectable(ReadOnlySpan<byte> value) =>
        value.Length is >= 1 and <= MaxBytes && !value.ContainsAnyExceptInRange((byte)' ', (byte)'~') && value[0] != ' ' && value[^1] != ' ';
}
