using System.Net;
using System.Net.Sockets;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;

namespace Palyra.Host.Egress;

/// <summary>Asks the system's resolver for the addresses of a target that passed every other check.</summary>
internal static class NameResolution
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal static async Task<GivenResolution> ResolveAsync(EgressTarget target, CancellationToken cancellationToken)
    {
        if (!target.Literal.IsEmpty)
        {
            return default;
        }

        try
        {
            var answer = await Dns.GetHostAddressesAsync(target.Host, cancellationToken).WaitAsync(Patience, cancellationToken);
            return new GivenResolution([.. answer.Select(InternetAddress.From)], null);
        }
        catch (SocketException failure)
        {
            return new GivenResolution(null, $"Resolution failed: {failure.SocketErrorCode}.");
        }
        catch (TimeoutException)
        {
            return new GivenResolution(null, "Resolution took longer than 5 s.");
        }
    }
}
