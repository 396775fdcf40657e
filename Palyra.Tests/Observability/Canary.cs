using System.Text;

namespace Palyra.Tests.Observability;

/// <summary>A secret that must turn up nowhere, in the forms in which it could.</summary>
internal sealed class Canary(string name, byte[] secret)
{
    private readonly string[] _forms = [.. Forms(secret).Where(form => form.Length >= 8).Distinct(StringComparer.Ordinal)];

    internal string Name => name;

    internal static Canary Of(string name, string secret) => new(name, Encoding.ASCII.GetBytes(secret));

    /// <summary>Fails when a text holds the secret: as it is, in base64 at any alignment, or in hexadecimal.</summary>
    internal void AssertAbsent(string where, string text) => Assert.All(
        _forms, form => Assert.False(text.Contains(form, StringComparison.Ordinal), $"{where} holds the {name} as {form[..4]}…, {form.Length} characters."));

    /// <summary>Fails when a file holds the secret.</summary>
    internal void AssertAbsentFrom(string file) => AssertAbsent(file, Encoding.Latin1.GetString(File.ReadAllBytes(file)));

    private static IEnumerable<string> Forms(byte[] secret)
    {
        yield return Encoding.Latin1.GetString(secret);
        yield return Convert.ToHexString(secret);
        yield return Convert.ToHexStringLower(secret);
        for (var shift = 0; shift < 3; shift++)
        {
            // Only the characters that no neighbour of the secret has a part in.
            var text = Convert.ToBase64String([.. new byte[shift], .. secret]);
            var inside = text[(((shift * 8) + 5) / 6)..((shift + secret.Length) * 8 / 6)];
            yield return inside;
            yield return inside.Replace('+', '-').Replace('/', '_');
        }
    }
}
