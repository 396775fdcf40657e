using System.Buffers;

namespace Palyra.Domain.Egress.Urls;

/// <summary>RFC 9110 tokens: what methods and header names are made of.</summary>
public static class HttpToken
{
    private static readonly SearchValues<char> Characters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>Whether a text is a token: one or more of RFC 9110's <c>tchar</c>.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(Characters);
}
