using System.Text;

namespace Palyra.Tests.Builders;

/// <summary>HTTP/2 frames written by hand.</summary>
internal static class Http2Frames
{
    internal static byte[] Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    internal static byte[] Frame(byte type, byte flags, int stream, byte[] payload) =>
        [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, (byte)stream, .. payload];

    /// <summary>The header block of a call. HPACK, every field as a literal without indexing and without Huffman coding.</summary>
    internal static byte[] Headers(string path, string scheme = "https")
    {
        (string Name, string Value)[] fields =
        [
            (":method", "POST"), (":scheme", scheme), (":path", path), (":authority", "localhost"), ("content-type", "application/grpc"), ("te", "trailers"),
        ];
        return [.. fields.SelectMany(field => (byte[])[0, .. Text(field.Name), .. Text(field.Value)])];
    }

    private static byte[] Text(string text) => [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)];
}
