using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>Writes pieces of a body in the chunked coding.</summary>
internal static class ChunkWriter
{
    /// <summary>When so much is pending the caller flushes, so that a connection's memory stays bounded.</summary>
    internal const int FlushAt = 16 * 1024;

    /// <summary>Adds one chunk; nothing for an empty piece, which would end the body.</summary>
    internal static void Write(ByteOutput output, ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
        {
            return;
        }

        output.AppendHex(data.Length);
        output.Append("\r\n"u8);
        output.Append(data);
        output.Append("\r\n"u8);
    }
}
