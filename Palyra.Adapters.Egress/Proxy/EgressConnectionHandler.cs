using System.Net.Security;
using Microsoft.AspNetCore.Connections;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Serves one accepted connection: first its TLS, if there is any, then its requests.</summary>
internal sealed class EgressConnectionHandler(ProxyCore core, ServerTls? tls) : ConnectionHandler
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        var accepted = connection as SocketConnection ?? throw new InvalidOperationException("The proxy needs its own transport.");
        if (core.Sweep.Count + core.Handshakes >= core.Options.MaxConnections)
        {
            connection.Abort();
            return Task.CompletedTask;
        }

        var place = new ConnectionPlace(core.Strangers, core.Connections, accepted);
        return tls is null
            ? new RequestLoop(core, new ClientConnection(accepted, null, core.Sweep, place)).RunAsync()
            : SecureAsync(accepted, place, tls);
    }

    private async Task SecureAsync(SocketConnection connection, ConnectionPlace place, ServerTls serverTls)
    {
        SslStream? secured;
        core.HandshakeBegan();
        try
        {
            secured = await serverTls.ShakeHandsAsync(connection.Stream).ConfigureAwait(false);
        }
        catch
        {
            place.Dispose();
            throw;
        }
        finally
        {
            core.HandshakeEnded();
        }

        if (secured is null)
        {
            place.Dispose();
            return;
        }

        await using (secured.ConfigureAwait(false))
        {
            await new RequestLoop(core, new ClientConnection(connection, secured, core.Sweep, place)).RunAsync().ConfigureAwait(false);
        }
    }
}
