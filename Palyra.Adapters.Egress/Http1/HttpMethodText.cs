using System.Text;

namespace Palyra.Adapters.Egress.Http1;

/// <summary>Methods as text, without an allocation for the usual ones.</summary>
internal static class HttpMethodText
{
    private static readonly string[] Usual = ["GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "CONNECT"];

    /// <summary>The text of a method token.</summary>
    internal static string Of(ReadOnlySpan<byte> method)
    {
        foreach (var usual in Usual)
        {
            if (Ascii.Equals(method, usual))
            {
                return usual;
            }
        }

        return Encoding.ASCII.GetString(method);
    }

    /// <summary>Whether doing it twice has the same effect as doing it once (RFC 9110, section 9.2.2).</summary>
    internal static bool IsIdempotent(string method) => method is "GET" or "HEAD" or "OPTIONS" or "PUT" or "DELETE";
}
