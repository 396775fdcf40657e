using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Palyra.Host.CommandLine;
using Palyra.Host.Gateway;

namespace Palyra.Host.Admin;

/// <summary>The routes of the admin API, by concept.</summary>
internal sealed class AdminApi(GatewayServices services)
{
    internal void Map(IEndpointRouteBuilder routes)
    {
        new PairingRoutes(services).Map(routes);
        new NodeRoutes(services).Map(routes);
        new WorkerRoutes(services).Map(routes);
        new ToolRoutes(services).Map(routes);
        new SecretRoutes(services).Map(routes);
        routes.MapFallback(context => AdminAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, HostReason.UnknownRoute, "The admin API has no such route."));
    }
}
