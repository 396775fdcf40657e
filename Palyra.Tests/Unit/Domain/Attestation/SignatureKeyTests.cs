using System.Security.Cryptography;
using Palyra.Domain.Attestation;

namespace Palyra.Tests.Unit.Domain.Attestation;

public class SignatureKeyTests
{
    [Theory]
    [InlineData(2047, false)]
    [InlineData(2048, true)]
    [InlineData(8192, true)]
    [InlineData(8193, false)]
    public void Import_RsaKeyAtAndBeyondItsRange(int bits, bool accepted)
    {
        var imported = Record.Exception(() => SignatureKey.Import(RsaKeyOf(bits)));
        Assert.Equal(accepted, imported is null);
        Assert.True(accepted || imported is ArgumentException);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(72)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(1024)]
    public void Verifies_NoSignature_IsFalseAndNoException(int length)
    {
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SignatureKey[] keys = [SignatureKey.Import(ecdsa.ExportSubjectPublicKeyInfo()), SignatureKey.Import(RsaKeyOf(2048))];
        foreach (var fill in (byte[])[0x00, 0x30, 0xff])
        {
            var signature = new byte[length];
            Array.Fill(signature, fill);
            Assert.All(keys, key => Assert.False(key.Verifies("data"u8, signature)));
        }
    }

    // A modulus of ones: an import looks at its length only.
    private static byte[] RsaKeyOf(int bits)
    {
        var modulus = new byte[(bits + 7) / 8];
        Array.Fill(modulus, byte.MaxValue);
        modulus[0] = (byte)(byte.MaxValue >> ((modulus.Length * 8) - bits));
        using var rsa = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = [1, 0, 1] });
        return rsa.ExportSubjectPublicKeyInfo();
    }
}
