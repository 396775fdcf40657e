using Palyra.Adapters.Egress.Tunnels;
using Palyra.Tests.Adapters.Egress.Proxy;

namespace Palyra.Tests.Unit.Adapters.Egress.Tunnels;

public sealed class ClientHelloTests
{
    [Fact]
    public void Read_EveryPrefixOfAHello_NeedsMoreUntilItIsWhole()
    {
        var hello = Hellos.For("api.example.com");
        for (var length = 0; length < hello.Length; length++)
        {
            Assert.Equal(HelloKind.NeedMore, ClientHello.Read(hello.AsSpan(0, length)).Kind);
        }

        Assert.Equal(new ClientHello(HelloKind.Complete, "api.example.com"), ClientHello.Read(hello));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(50)]
    public void Read_HelloSplitOverRecords_IsPutTogether(int piece)
    {
        var hello = Hellos.Split("api.example.com", piece);
        for (var length = 0; length < hello.Length; length++)
        {
            Assert.Equal(HelloKind.NeedMore, ClientHello.Read(hello.AsSpan(0, length)).Kind);
        }

        Assert.Equal("api.example.com", ClientHello.Read(hello).ServerName);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(100)]
    public void Read_HelloThatIsNotWholeAfterTheMostBytes_IsNotTls(int piece)
    {
        var hello = Hellos.Endless(piece, ClientHello.MaxBytes);
        Assert.Equal(HelloKind.NeedMore, ClientHello.Read(hello.AsSpan(0, ClientHello.MaxBytes - 1)).Kind);
        Assert.Equal(HelloKind.NotTls, ClientHello.Read(hello.AsSpan(0, ClientHello.MaxBytes)).Kind);
    }

    [Fact]
    public void Read_NoServerName_IsCompleteWithoutOne() => Assert.Equal(new ClientHello(HelloKind.Complete, null), ClientHello.Read(Hellos.For(null)));

    [Fact]
    public void Read_TwoServerNames_IsNotTls() => Assert.Equal(default, ClientHello.Read(Hellos.For("api.example.com", names: 2)));

    [Fact]
    public void Read_ServerNameWithANul_IsNotTls() => Assert.Equal(default, ClientHello.Read(Hellos.For("api.example.com\0.evil.example")));

    [Fact]
    public void Read_BytesBehindTheHelloInItsRecord_IsNotTls()
    {
        var hello = Hellos.For("api.example.com");
        byte[] longer = [.. hello, 0];
        longer[4]++;
        Assert.Equal(default, ClientHello.Read(longer));
    }

    [Fact]
    public void Read_AnySingleByteChanged_NeverThrowsAndNeverInventsAnotherHost()
    {
        var hello = Hellos.For("api.example.com");
        for (var at = 0; at < hello.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = hello.ToArray();
                changed[at] = (byte)value;
                var read = ClientHello.Read(changed);
                Assert.True(read.ServerName is null || read.ServerName.Length == "api.example.com".Length || read.ServerName.Length < 15);
            }
        }
    }

    [Theory]
    [InlineData("api.example.com", "API.example.com", 2)]
    [InlineData("api.example.com", "api.example.com.", 0)]
    [InlineData("api.example.com", "xapi.example.com", 0)]
    [InlineData("api.example.com", null, 0)]
    [InlineData("127.0.0.1", null, 2)]
    [InlineData("127.0.0.1", "evil.example", 0)]
    [InlineData("::1", null, 2)]
    public void Judge_AWholeHello_OpensForTheJudgedHostOnly(string judged, string? named, int verdict) => Assert.Equal(
        (TunnelVerdict)verdict,
        TunnelOpening.Judge(new ClientHello(HelloKind.Complete, named), judged, isAddress: !char.IsAsciiLetter(judged[0])));
}
