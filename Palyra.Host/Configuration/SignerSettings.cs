using System.Security.Cryptography;
using System.Text.Json;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;

namespace Palyra.Host.Configuration;

/// <summary>Reads <c>fleet.signers</c>: who may vouch for workers, each with the file of a public key.</summary>
internal static class SignerSettings
{
    internal const string Name = "fleet.signers";

    internal static List<(TrustedSigner Signer, string File)> Read(SettingsReader reader)
    {
        var signers = new List<(TrustedSigner, string)>();
        if (reader.Raw(Name) is not { } setting)
        {
            return signers;
        }

        if (setting.Value.ValueKind != JsonValueKind.Array)
        {
            reader.Complain(Name, "must be a list of {key_id, public_key_file}.");
            return signers;
        }

        foreach (var (value, at) in setting.Value.EnumerateArray().Select((value, at) => (value, at)))
        {
            var one = new SettingsObject(value, $"{Name}[{at}]", message => reader.Errors.Add($"{setting.Origin}: {message}"));
            var (keyId, file, digests) = (one.Text("key_id"), one.Text("public_key_file"), one.Texts("image_digests"));
            one.RefuseUnknown();
            if (keyId is null || file is null)
            {
                one.Complain("lacks something: every signer has a key_id and a public_key_file.");
            }
            else if (Open(keyId, file, digests) is { } signer)
            {
                signers.Add((signer, file));
            }
            else
            {
                one.Complain($"cannot vouch, signer {keyId}: {file} is no readable PEM public key (ECDSA P-256, or RSA of 2048 to 8192 bits), or its key_id is not of 1 to 256 characters.");
            }
        }

        return signers;
    }

    private static TrustedSigner? Open(string keyId, string file, IReadOnlyList<string>? digests)
    {
        try
        {
            var signer = new TrustedSigner { KeyId = keyId, PublicKey = ReadPublicKey(file), ImageDigests = digests };
            _ = CompiledFleetPolicy.Compile(new WorkerFleetPolicy { TrustedSigners = [signer] });
            return signer;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return null;
        }
    }

    private static byte[] ReadPublicKey(string file)
    {
        var pem = File.ReadAllText(file);
        var fields = PemEncoding.Find(pem);
        return pem.AsSpan(fields.Label) is "PUBLIC KEY" ? Convert.FromBase64String(pem[fields.Base64Data]) : throw new CryptographicException("Not a public key.");
    }
}
