namespace Palyra.Adapters.Egress.Http1;

/// <summary>The fixed bounds of one message. A peer that passes one of them is malformed, not merely large; a worker's head that is too long has a status of its own, 431.</summary>
internal static class HttpLimits
{
    /// <summary>The longest head, in bytes, its blank line included.</summary>
    internal const int HeadBytes = 32 * 1024;

    /// <summary>The most header fields of one head.</summary>
    internal const int Fields = 128;

    /// <summary>The longest trailer section, in bytes.</summary>
    internal const int TrailerBytes = 8 * 1024;

    /// <summary>The longest extension of a line that opens a chunk; extensions are read past and dropped.</summary>
    internal const int ChunkLineBytes = 256;

    /// <summary>The most interim (1xx) answers before a final one.</summary>
    internal const int InterimAnswers = 8;
}
