namespace Palyra.Adapters.Egress.Http1;

/// <summary>The fixed bounds of one message. A peer that passes one of them is malformed, not merely large.</summary>
internal static class HttpLimits
{
    /// <summary>The longest head, in bytes, its blank line included.</summary>
    internal const int HeadBytes = 32 * 1024;

    /// <summary>The most header fields of one head.</summary>
    internal const int Fields = 128;

    /// <summary>The longest trailer section, in bytes.</summary>
    internal const int TrailerBytes = 8 * 1024;

    /// <summary>The longest line that opens a chunk: sixteen digits and a little room for extensions, which are dropped.</summary>
    internal const int ChunkLineBytes = 256;

    /// <summary>The most interim (1xx) answers before a final one.</summary>
    internal const int InterimAnswers = 8;
}
