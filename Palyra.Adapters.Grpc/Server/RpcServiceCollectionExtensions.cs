using System.Diagnostics.CodeAnalysis;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes;

namespace Palyra.Adapters.Grpc.Server;

internal static class RpcServiceCollectionExtensions
{
    /// <summary>Binds one service instance under a route type, which must be mapped with <c>MapGrpcService</c>.</summary>
    /// <param name="services">The listener's services.</param>
    /// <param name="bind">Binds the instance's methods.</param>
    /// <param name="serves">Which of them are served under this route type; all unless given.</param>
    /// <param name="maxReceiveMessageBytes">The largest message they take; the listener's limit unless given.</param>
    internal static IServiceCollection AddRpcService<[DynamicallyAccessedMembers(PublicConstructors | PublicMethods | NonPublicMethods)] TRoute>(
        this IServiceCollection services, Action<ServiceBinderBase> bind, Func<IMethod, bool>? serves = null, int? maxReceiveMessageBytes = null)
        where TRoute : class
    {
        if (maxReceiveMessageBytes is { } limit)
        {
            services.AddGrpc().AddServiceOptions<TRoute>(options => options.MaxReceiveMessageSize = limit);
        }

        return services.AddSingleton<IServiceMethodProvider<TRoute>>(new StrictServiceBinder<TRoute>(bind, serves ?? (static _ => true)));
    }
}
