using System.Diagnostics.CodeAnalysis;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using static System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes;

namespace Palyra.Adapters.Grpc.Server;

internal static class RpcServiceCollectionExtensions
{
    /// <summary>Binds one service instance under a route type, which must be mapped with <c>MapGrpcService</c>.</summary>
    internal static IServiceCollection AddRpcService<[DynamicallyAccessedMembers(PublicConstructors | PublicMethods | NonPublicMethods)] TRoute>(
        this IServiceCollection services, Action<ServiceBinderBase> bind)
        where TRoute : class =>
        services.AddSingleton<IServiceMethodProvider<TRoute>>(new StrictServiceBinder<TRoute>(bind));
}
