using System.Buffers.Binary;
using Palyra.Domain.Pairing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Tests.Unit.Domain.Pairing;

public class PairingCodeDeciderTests
{
    private static readonly UnixTime Now = new(1_000_000);

    [Theory]
    [InlineData(0u, "000000")]
    [InlineData(42_917u, "042917")]
    [InlineData(999_999u, "999999")]
    [InlineData(1_000_000u, "000000")]
    [InlineData(4_293_999_999u, "999999")]
    public void TryCompose_Pin_IsTheDrawInSixDigits(uint draw, string expected)
    {
        Assert.True(PairingCodeDecider.TryCompose(PairingMethod.Pin, Random(draw), out var code));
        Assert.Equal(expected, code);
    }

    [Theory]
    [InlineData(4_294_000_000u)]
    [InlineData(uint.MaxValue)]
    public void TryCompose_DrawThatWouldFavourSmallPins_IsDrawnAgain(uint draw) =>
        Assert.Equal((false, ""), (PairingCodeDecider.TryCompose(PairingMethod.Pin, Random(draw), out var code), code));

    [Theory]
    [InlineData(PairingMethod.Pin)]
    [InlineData(PairingMethod.Qr)]
    public void TryCompose_TooLittleRandomness_Throws(PairingMethod method) => Assert.Throws<ArgumentOutOfRangeException>(
        "random", () => PairingCodeDecider.TryCompose(method, new byte[PairingCodeDecider.EntropyBytes - 1], out _));

    [Fact]
    public void TryCompose_Qr_HoldsAtLeast128Bits()
    {
        Assert.True(PairingCodeDecider.TryCompose(PairingMethod.Qr, Random(7), out var code));
        Assert.True(Convert.FromHexString(code).Length * 8 >= 128);
    }

    [Theory]
    [InlineData(0, 30)]
    [InlineData(29, 30)]
    [InlineData(30, 30)]
    [InlineData(86_400, 86_400)]
    [InlineData(86_401, 86_400)]
    public void Mint_Ttl_IsClamped(int askedSeconds, int expectedSeconds) =>
        Assert.Equal(Now.Add(TimeSpan.FromSeconds(expectedSeconds)), Mint(TimeSpan.FromSeconds(askedSeconds)).ExpiresAt);

    [Fact]
    public void Mint_NoTtl_LivesTenMinutes() => Assert.Equal(Now.Add(TimeSpan.FromMinutes(10)), Mint(null).ExpiresAt);

    [Fact]
    public void ToString_Code_IsNotInIt() => Assert.DoesNotContain("123456", Mint(null).ToString(), StringComparison.Ordinal);

    [Theory]
    [InlineData(PairingMethod.Pin, 63, null)]
    [InlineData(PairingMethod.Qr, 0, null)]
    [InlineData(PairingMethod.Pin, 64, "TooManyPairingCodes")]
    [InlineData(PairingMethod.Unspecified, 0, "InvalidPairingField")]
    [InlineData((PairingMethod)9, 0, "InvalidPairingField")]
    public void CheckMint_Cases(PairingMethod method, int active, string? code) =>
        Assert.Equal(code, PairingCodeDecider.CheckMint(method, "admin", active).Refusal?.Code);

    [Theory]
    [InlineData(null)]
    [InlineData("  ")]
    public void CheckMint_NobodyAsks_IsRefused(string? issuedBy) =>
        Assert.Equal("issued_by", PairingCodeDecider.CheckMint(PairingMethod.Pin, issuedBy, 0).Refusal?.Subject);

    [Fact]
    public void CheckMint_NameTooLong_IsRefused()
    {
        Assert.True(PairingCodeDecider.CheckMint(PairingMethod.Pin, new string('x', 256), 0).IsOk);
        Assert.False(PairingCodeDecider.CheckMint(PairingMethod.Pin, new string('x', 257), 0).IsOk);
    }

    [Theory]
    [InlineData(PairingMethod.Pin, "123456", true)]
    [InlineData(PairingMethod.Qr, "123456", false)]
    [InlineData(PairingMethod.Unspecified, "123456", false)]
    [InlineData(PairingMethod.Pin, "123457", false)]
    [InlineData(PairingMethod.Pin, "12345", false)]
    [InlineData(PairingMethod.Pin, " 123456", false)]
    [InlineData(PairingMethod.Pin, "１２３４５６", false)]
    [InlineData(PairingMethod.Pin, "", false)]
    [InlineData(PairingMethod.Pin, null, false)]
    public void Match_Cases(PairingMethod method, string? presented, bool matches) =>
        Assert.Equal(matches, PairingCodeDecider.Match([Mint(null)], method, presented, Now) is not null);

    [Fact]
    public void Match_Expired_IsNone()
    {
        var code = Mint(null);
        Assert.NotNull(PairingCodeDecider.Match([code], PairingMethod.Pin, "123456", code.ExpiresAt.AddMilliseconds(-1L)));
        Assert.Null(PairingCodeDecider.Match([code], PairingMethod.Pin, "123456", code.ExpiresAt));
    }

    [Fact]
    public void Match_TextOfLimitLength_IsCompared()
    {
        var code = PairingCodeDecider.Mint(new string('1', 256), PairingMethod.Qr, "admin", null, Now);

        Assert.Same(code, PairingCodeDecider.Match([Mint(null), code, Mint(null)], PairingMethod.Qr, new string('1', 256), Now));
        Assert.Null(PairingCodeDecider.Match([code], PairingMethod.Qr, new string('1', 257), Now));
    }

    [Fact]
    public void Match_HugeText_IsNone() => Assert.Null(PairingCodeDecider.Match([Mint(null)], PairingMethod.Pin, new string('1', 1_000_000), Now));

    [Fact]
    public void Match_LoneSurrogates_AreNone() => Assert.Null(PairingCodeDecider.Match([Mint(null)], PairingMethod.Pin, new string('\ud800', 256), Now));

    private static PairingCode Mint(TimeSpan? ttl) => PairingCodeDecider.Mint("123456", PairingMethod.Pin, "admin", ttl, Now);

    private static byte[] Random(uint draw)
    {
        var bytes = new byte[PairingCodeDecider.EntropyBytes];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, draw);
        return bytes;
    }
}
