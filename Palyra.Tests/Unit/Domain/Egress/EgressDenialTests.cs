using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;

namespace Palyra.Tests.Unit.Domain.Egress;

public class EgressDenialTests
{
    [Theory]
    [InlineData(0, "The port is not a number from 1 to 65535.")]
    [InlineData(8443, "Port 8443 is not allowed.")]
    public void PortNotAllowed_Detail_TellsWhetherThereWasAPort(int port, string detail) => Assert.Equal(detail, new EgressDenial.PortNotAllowed(port).Detail);

    [Theory]
    [InlineData("169.254.169.254", "blocked under every policy")]
    [InlineData("10.0.0.1", "a policy that allows private targets")]
    public void PrivateTarget_Remedy_TellsWhetherAPolicyCouldAllowIt(string address, string remedy) =>
        Assert.Contains(remedy, new EgressDenial.PrivateTarget(AddressTable.Classify(InternetAddress.Parse(address))).Remedy, StringComparison.Ordinal);
}
