using System.Security.Cryptography;
using Palyra.Adapters.Grpc.Client;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Node;

/// <summary>The PEM files and the pin a node is given, judged before anything is made of them.</summary>
internal static class NodePem
{
    /// <summary>The text of a file that holds a certificate.</summary>
    /// <exception cref="CommandFailureException">It cannot be read or holds none; told with this code.</exception>
    internal static string ReadCertificate(string file, string code) =>
        Read(file, code, "certificate", static pem => _ = GatewayTrust.FromPem(pem));

    /// <summary>The text of a file that holds an elliptic-curve private key. The refusal shows nothing of it.</summary>
    /// <exception cref="CommandFailureException">It cannot be read or holds none; told with this code.</exception>
    internal static string ReadKey(string file, string code) => Read(file, code, "private key", static pem =>
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(pem);
        if (key.ExportParameters(includePrivateParameters: true).D is not { } secret)
        {
            throw new CryptographicException();
        }

        CryptographicOperations.ZeroMemory(secret);
    });

    /// <summary>Judges the SHA-256 of a gateway's CA.</summary>
    /// <exception cref="CommandFailureException">It is none.</exception>
    internal static void CheckPin(string pin, string code)
    {
        try
        {
            _ = GatewayTrust.FromPin(pin);
        }
        catch (ArgumentException)
        {
            throw CommandFailureException.Refused(code, "the SHA-256 of the gateway's CA is 64 hexadecimal characters.");
        }
    }

    private static string Read(string file, string code, string what, Action<string> judge)
    {
        try
        {
            var pem = File.ReadAllText(file);
            judge(pem);
            return pem;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw CommandFailureException.Refused(code, $"{file} cannot be read.");
        }
        catch (Exception malformed) when (malformed is ArgumentException or CryptographicException)
        {
            throw CommandFailureException.Refused(code, $"{file} holds no {what} in PEM.");
        }
    }
}
