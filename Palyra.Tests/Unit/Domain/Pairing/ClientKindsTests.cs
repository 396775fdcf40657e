using Palyra.Domain.Pairing;

namespace Palyra.Tests.Unit.Domain.Pairing;

public class ClientKindsTests
{
    [Theory]
    [InlineData("cli", ClientKind.Cli)]
    [InlineData(" Desktop ", ClientKind.Desktop)]
    [InlineData("NODE", ClientKind.Node)]
    [InlineData("", ClientKind.Unspecified)]
    [InlineData(null, ClientKind.Unspecified)]
    [InlineData("nodes", ClientKind.Unspecified)]
    [InlineData("unspecified", ClientKind.Unspecified)]
    [InlineData("0", ClientKind.Unspecified)]
    public void TryParse_Cases(string? text, ClientKind expected)
    {
        Assert.Equal(expected != ClientKind.Unspecified, ClientKinds.TryParse(text, out var kind));
        Assert.Equal(expected, kind);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void TryParse_AmongSpace_IsReadUpToTheLimit(int length, bool known) => Assert.Equal(known, ClientKinds.TryParse("node".PadLeft(length), out _));

    [Fact]
    public void ToWireName_EveryKind_ReadsBack() => Assert.All(
        Enum.GetValues<ClientKind>().Where(kind => kind != ClientKind.Unspecified),
        kind => Assert.True(ClientKinds.TryParse(kind.ToWireName(), out var read) && read == kind));

    [Fact]
    public void ToWireName_NoKind_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => ClientKind.Unspecified.ToWireName());
}
