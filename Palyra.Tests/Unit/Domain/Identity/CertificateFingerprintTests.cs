using System.Security.Cryptography;
using FsCheck.Xunit;
using Palyra.Domain.Identity;

namespace Palyra.Tests.Unit.Domain.Identity;

public class CertificateFingerprintTests
{
    private const string Text = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Of_Bytes_IsTheirSha256() => Assert.Equal(Text, CertificateFingerprint.Of("abc"u8).ToString());

    [Property]
    public bool Text_and_value_are_one_to_one(byte[] der)
    {
        var fingerprint = CertificateFingerprint.Of(der ?? []);
        return fingerprint.ToString() == Convert.ToHexStringLower(SHA256.HashData(der ?? [])) && CertificateFingerprint.Parse(fingerprint.ToString()) == fingerprint;
    }

    [Theory]
    [InlineData("")]
    [InlineData("ba7816bf")]
    [InlineData("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015aD")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ag")]
    [InlineData("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad0")]
    [InlineData(" a7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    public void TryParse_NotAFingerprint_IsRefused(string text)
    {
        Assert.False(CertificateFingerprint.TryParse(text, out var fingerprint));
        Assert.True(fingerprint.IsEmpty);
    }
}
