using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Headers;
using Google.Protobuf;

namespace Palyra.Tests.Adapters.Grpc.Transport;

/// <summary>A gRPC call made of plain HTTP/2, so that a test can say things no gRPC client would.</summary>
internal sealed class RawCall(Uri address, string path)
{
    internal string ContentType { get; init; } = "application/grpc";

    internal Dictionary<string, string> Headers { get; init; } = new() { ["te"] = "trailers" };

    internal byte[] Body { get; init; } = [];

    internal static byte[] Frame(byte[] message, byte flag = 0)
    {
        var frame = new byte[5 + message.Length];
        frame[0] = flag;
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(1), (uint)message.Length);
        message.CopyTo(frame, 5);
        return frame;
    }

    internal static byte[] Frame(IMessage message) => Frame(message.ToByteArray());

    internal async Task<RawAnswer> SendAsync(HttpMessageInvoker client, CancellationToken cancellationToken = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Body),
        };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(ContentType);
        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return new RawAnswer(response.StatusCode, body, Flatten(response.Headers), Flatten(response.TrailingHeaders));
    }

    private static Dictionary<string, string> Flatten(HttpHeaders headers) =>
        headers.ToDictionary(header => header.Key, header => string.Join(",", header.Value), StringComparer.OrdinalIgnoreCase);
}

/// <summary>What came back: HTTP status, body, and where each header was, before or after the body.</summary>
internal sealed record RawAnswer(HttpStatusCode Http, byte[] Body, Dictionary<string, string> Headers, Dictionary<string, string> Trailers)
{
    /// <summary>The gRPC status, wherever it was sent; -1 when nowhere.</summary>
    internal int Status => Trailers.TryGetValue("grpc-status", out var text) || Headers.TryGetValue("grpc-status", out text)
        ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
        : -1;
}
