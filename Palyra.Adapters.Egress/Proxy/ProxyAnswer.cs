using System.Text.Json;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>An answer of the proxy itself: a status, a reason code in <c>X-Palyra-Reason</c> and a small JSON body.</summary>
internal readonly record struct ProxyAnswer(int Status, string ReasonCode, string Message, string? RequestFingerprint = null)
{
    private const int MaxMessage = 512;

    /// <summary>Writes the answer; the caller flushes.</summary>
    internal void Write(ByteOutput output, bool keepAlive, bool withBody = true)
    {
        var body = Body();
        output.Append("HTTP/1.1 "u8);
        output.Append(Status);
        output.Append(" "u8);
        output.Append(Phrase(Status));
        output.Append("\r\nContent-Type: application/json\r\nContent-Length: "u8);
        output.Append(body.Length);
        output.Append("\r\nX-Palyra-Reason: "u8);
        output.Append(ReasonCode);
        if (Status == 407)
        {
            output.Append("\r\nProxy-Authenticate: Bearer realm=\"palyra\""u8);
        }

        output.Append(keepAlive ? "\r\n\r\n"u8 : "\r\nConnection: close\r\n\r\n"u8);
        if (withBody)
        {
            output.Append(body);
        }
    }

    private byte[] Body()
    {
        using var buffer = new MemoryStream(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("reason_code", ReasonCode);
            json.WriteString("message", Message.Length <= MaxMessage ? Message : Message[..MaxMessage]);
            json.WriteString("request_fingerprint_sha256", RequestFingerprint);
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static string Phrase(int status) => status switch
    {
        400 => "Bad Request",
        403 => "Forbidden",
        407 => "Proxy Authentication Required",
        413 => "Content Too Large",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Refused",
    };
}
