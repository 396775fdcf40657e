using System.Net;
using FsCheck.Xunit;
using Palyra.Domain.Egress.Addresses;

namespace Palyra.Tests.Unit.Domain.Egress.Addresses;

public class InternetAddressTests
{
    [Theory]
    [InlineData("1.2.3.4", "1.2.3.4")]
    [InlineData("255.255.255.255", "255.255.255.255")]
    [InlineData("::", "::")]
    [InlineData("::1", "::1")]
    [InlineData("1::", "1::")]
    [InlineData("2001:DB8:0:0:0:0:0:1", "2001:db8::1")]
    [InlineData("2001:0db8::0001", "2001:db8::1")]
    [InlineData("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0")]
    [InlineData("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8")]
    [InlineData("::ffff:1.2.3.4", "::ffff:1.2.3.4")]
    [InlineData("1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:102:304")]
    [InlineData("ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void TryParse_Canonical_ReadsAndPrintsRfc5952(string text, string printed) => Assert.Equal(printed, InternetAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("1.2.3")]
    [InlineData("1.2.3.4.5")]
    [InlineData("1.2.3.4.")]
    [InlineData(".1.2.3.4")]
    [InlineData("1..3.4")]
    [InlineData("01.2.3.4")]
    [InlineData("1.2.3.256")]
    [InlineData("1.2.3.0x4")]
    [InlineData("1.2.3.-4")]
    [InlineData("1.2.3.4 ")]
    [InlineData(" 1.2.3.4")]
    [InlineData("１.2.3.4")]
    [InlineData(":")]
    [InlineData(":::")]
    [InlineData(":1")]
    [InlineData("1:")]
    [InlineData("1::2::3")]
    [InlineData("::1::2")]
    [InlineData("00001::")]
    [InlineData("::00001")]
    [InlineData("1:2:3:4:5:6:7")]
    [InlineData("1:2:3:4:5:6:7:8:9")]
    [InlineData("1:2:3:4::5:6:7:8")]
    [InlineData("1:2:3:4:5:6:7:1.2.3.4")]
    [InlineData("::1.2.3.4:5")]
    [InlineData("::1.2.3")]
    [InlineData("::01.2.3.4")]
    [InlineData("12345::")]
    [InlineData("g::")]
    [InlineData("::1%1")]
    [InlineData("[::1]")]
    [InlineData("::+1")]
    [InlineData(":: 1")]
    [InlineData("::1/128")]
    [InlineData("0000:0000:0000:0000:0000:0000:0000:0000:0000:0000")]
    public void TryParse_AnythingElse_RefusesAndGivesNoAddress(string text)
    {
        Assert.False(InternetAddress.TryParse(text, out var address));
        Assert.True(address.IsEmpty);
    }

    [Property]
    public bool Every_address_round_trips_through_text_and_the_platform(uint v4, ulong high, ulong low)
    {
        InternetAddress[] addresses = [InternetAddress.FromV4(v4), InternetAddress.FromV6(new UInt128(high, low)), InternetAddress.FromV6(low)];
        return addresses.All(address =>
            InternetAddress.Parse(address.ToString()) == address && InternetAddress.From(address.ToIPAddress()) == address);
    }

    [Property]
    public bool What_is_read_is_what_the_platform_reads(byte a, byte b, byte c, byte d, ushort[] groups)
    {
        string[] texts = [$"{a}.{b}.{c}.{d}", string.Join(':', groups.Select(group => group.ToString("x", null))), "::" + string.Join(':', groups.Select(group => $"{group:x}"))];
        return texts.All(text => !InternetAddress.TryParse(text, out var address) || IPAddress.Parse(text).Equals(address.ToIPAddress()));
    }

    [Fact]
    public void Mapped_AndPlain_AreDifferentAddresses() => Assert.NotEqual(InternetAddress.Parse("::ffff:1.2.3.4"), InternetAddress.Parse("1.2.3.4"));

    [Fact]
    public void From_WithZone_DropsTheZone() => Assert.Equal(InternetAddress.Parse("fe80::1"), InternetAddress.From(IPAddress.Parse("fe80::1%3")));

    [Fact]
    public void Default_IsNoAddress()
    {
        Assert.True(default(InternetAddress).IsEmpty);
        Assert.Equal("", default(InternetAddress).ToString());
        Assert.Throws<InvalidOperationException>(() => default(InternetAddress).ToIPAddress());
        Assert.Throws<FormatException>(() => InternetAddress.Parse("nonsense"));
    }
}
