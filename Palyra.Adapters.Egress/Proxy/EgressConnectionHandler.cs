using Microsoft.AspNetCore.Connections;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Serves one accepted connection: first its TLS, if there is any, then its requests.</summary>
internal sealed class EgressConnectionHandler(ProxyCore core, ServerTls? tls) : ConnectionHandler
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        var accepted = connection.Features.Get<SocketConnection>() ?? throw new InvalidOperationException("The proxy needs its own transport.");
        if (core.Sweep.Count + core.Handshakes >= core.Options.MaxConnections)
        {
            connection.Abort();
            return Task.CompletedTask;
        }

        return tls is null
            ? new RequestLoop(core, new ClientConnection(accepted, null, core.Sweep)).RunAsync()
            : SecureAsync(accepted, tls);
    }

    private async Task SecureAsync(SocketConnection connection, ServerTls serverTls)
    {
        core.HandshakeBegan();
        System.Net.Security.SslStream? secured;
        try
        {
            secured = await serverTls.ShakeHandsAsync(connection.Stream).ConfigureAwait(false);
        }
        finally
        {
            core.HandshakeEnded();
        }

        if (secured is not null)
        {
            await using (secured.ConfigureAwait(false))
            {
                await new RequestLoop(core, new ClientConnection(connection, secured, core.Sweep)).RunAsync().ConfigureAwait(false);
            }
        }
    }
}
