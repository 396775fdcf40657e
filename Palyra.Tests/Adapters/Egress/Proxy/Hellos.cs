using System.Buffers.Binary;
using System.Text;

namespace Palyra.Tests.Adapters.Egress.Proxy;

/// <summary>TLS ClientHellos, made by hand so that they can also be wrong.</summary>
internal static class Hellos
{
    /// <summary>A ClientHello for a server name, or without the extension.</summary>
    internal static byte[] For(string? serverName, int names = 1) => Record(Message(serverName, names));

    /// <summary>The same, its message split over several records.</summary>
    internal static byte[] Split(string serverName, int pieceBytes) =>
        [.. Message(serverName, 1).Chunk(pieceBytes).SelectMany(Record)];

    /// <summary>The beginning, so many bytes long on the wire, of a message as long as messages can be.</summary>
    internal static byte[] Endless(int pieceBytes, int length) =>
        [.. ((byte[])[1, 0xFF, 0xFF, 0xFF, .. new byte[length]]).Chunk(pieceBytes).SelectMany(Record).Take(length)];

    private static byte[] Record(byte[] content) => [22, 3, 1, .. Number(content.Length), .. content];

    private static byte[] Message(string? serverName, int names)
    {
        byte[] extensions = [0, 43, 0, 3, 2, 3, 4];
        for (var i = 0; serverName is not null && i < names; i++)
        {
            var name = Encoding.Latin1.GetBytes(serverName);
            extensions = [.. extensions, 0, 0, .. Number(name.Length + 5), .. Number(name.Length + 3), 0, .. Number(name.Length), .. name];
        }

        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0, .. Number(extensions.Length), .. extensions];
        return [1, 0, .. Number(body.Length), .. body];
    }

    private static byte[] Number(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
