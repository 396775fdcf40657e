using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Adapters.Egress.Vault;

/// <summary>An answer of the server in memory of its own, cleared on disposal: it may hold a secret anywhere.</summary>
internal sealed class KeyValueAnswer(HttpStatusCode status, byte[] buffer, int length) : IDisposable
{
    private const int MaxDepth = 32;

    internal HttpStatusCode Status => status;

    internal bool SaysSealed => status == HttpStatusCode.ServiceUnavailable
        && (buffer.AsSpan(0, length).IndexOf("sealed"u8) >= 0 || buffer.AsSpan(0, length).IndexOf("not initialized"u8) >= 0);

    /// <summary>The text at a path of member names, unescaped; <see langword="null"/> when there is none.</summary>
    /// <exception cref="SecretVaultException">The answer is no JSON object.</exception>
    internal VaultSecret? FindText(params scoped ReadOnlySpan<string> path)
    {
        var reader = Reader();
        if (!Seek(ref reader, path) || reader.TokenType != JsonTokenType.String)
        {
            return null;
        }

        var text = GC.AllocateUninitializedArray<byte>(reader.ValueSpan.Length, pinned: true);
        try
        {
            var written = reader.CopyString(text);
            return new VaultSecret(text.AsSpan(0, written));
        }
        catch (InvalidOperationException)
        {
            throw Malformed();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    internal long FindNumber(params scoped ReadOnlySpan<string> path)
    {
        var reader = Reader();
        return Seek(ref reader, path) && reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) ? number : 0;
    }

    internal bool FindFlag(params scoped ReadOnlySpan<string> path)
    {
        var reader = Reader();
        return Seek(ref reader, path) && reader.TokenType == JsonTokenType.True;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(buffer);

    private Utf8JsonReader Reader() => new(buffer.AsSpan(0, length), new JsonReaderOptions { MaxDepth = MaxDepth });

    private static bool Seek(ref Utf8JsonReader reader, scoped ReadOnlySpan<string> path)
    {
        try
        {
            if (!reader.Read())
            {
                throw Malformed();
            }

            foreach (var name in path)
            {
                if (reader.TokenType != JsonTokenType.StartObject || !SeekMember(ref reader, name))
                {
                    return false;
                }
            }

            return true;
        }
        catch (JsonException)
        {
            throw Malformed();
        }
    }

    private static bool SeekMember(ref Utf8JsonReader reader, string name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }

    private static SecretVaultException Malformed() => new(SecretVaultFailure.Malformed, "The vault server answered something that is not its API.");
}
