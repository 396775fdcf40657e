namespace Palyra.Adapters.Egress.Injection;

/// <summary>Whether a secret can stand in a header as it is.</summary>
internal static class CredentialValue
{
    /// <summary>The longest value, in bytes.</summary>
    internal const int MaxBytes = 8 * 1024;

    /// <summary>
    /// Visible ASCII with single or more spaces inside and none at either end, 1 to <see cref="MaxBytes"/> bytes. A line end in a secret would
    /// split the head it is written into.
    /// </summary>
    internal static bool IsAllowed(ReadOnlySpan<byte> value) =>
        value.Length is > 0 and <= MaxBytes
        && value.IndexOfAnyExceptInRange((byte)' ', (byte)'~') < 0
        && value[0] != ' '
        && value[^1] != ' ';
}
