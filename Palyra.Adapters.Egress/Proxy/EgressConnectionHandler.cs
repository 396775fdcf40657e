using Microsoft.AspNetCore.Connections;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>Serves one accepted connection, after TLS.</summary>
internal sealed class EgressConnectionHandler(ProxyCore core) : ConnectionHandler
{
    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        if (core.Sweep.Count >= core.Options.MaxConnections)
        {
            connection.Abort();
            return Task.CompletedTask;
        }

        return new RequestLoop(core, new ClientConnection(connection, core.Sweep)).RunAsync();
    }
}
