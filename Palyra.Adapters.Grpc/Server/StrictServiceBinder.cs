using System.Diagnostics.CodeAnalysis;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using static System.Diagnostics.CodeAnalysis.DynamicallyAccessedMemberTypes;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>
/// Binds the methods of one service instance to its routes. Differs from the default binding in one thing: bytes that are no message of the method's type
/// are answered with <c>INTERNAL</c>, as other implementations do, and not with <c>UNKNOWN</c>.
/// </summary>
/// <typeparam name="TRoute">Stands for the service in routing; never made.</typeparam>
internal sealed class StrictServiceBinder<
    [DynamicallyAccessedMembers(PublicConstructors | PublicMethods | NonPublicMethods)] TRoute>(
    Action<ServiceBinderBase> bind, Func<IMethod, bool> serves)
    : IServiceMethodProvider<TRoute> where TRoute : class
{
    public void OnServiceMethodDiscovery(ServiceMethodProviderContext<TRoute> context) => bind(new Binder(context, serves));

    private sealed class Binder(ServiceMethodProviderContext<TRoute> context, Func<IMethod, bool> serves) : ServiceBinderBase
    {
        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler)
        {
            if (serves(method))
            {
                context.AddUnaryMethod(Strict(method), [], (_, request, call) => handler!(request, call));
            }
        }

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (serves(method))
            {
                context.AddClientStreamingMethod(Strict(method), [], (_, requests, call) => handler!(requests, call));
            }
        }

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (serves(method))
            {
                context.AddServerStreamingMethod(Strict(method), [], (_, request, responses, call) => handler!(request, responses, call));
            }
        }

        public override void AddMethod<TRequest, TResponse>(Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler)
        {
            if (serves(method))
            {
                context.AddDuplexStreamingMethod(Strict(method), [], (_, requests, responses, call) => handler!(requests, responses, call));
            }
        }
    }

    private static Method<TRequest, TResponse> Strict<TRequest, TResponse>(Method<TRequest, TResponse> method)
        where TRequest : class
        where TResponse : class
    {
        var read = method.RequestMarshaller.ContextualDeserializer;
        return new Method<TRequest, TResponse>(
            method.Type,
            method.ServiceName,
            method.Name,
            new Marshaller<TRequest>(method.RequestMarshaller.ContextualSerializer, context => Read(read, context)),
            method.ResponseMarshaller);
    }

    private static T Read<T>(Func<DeserializationContext, T> read, DeserializationContext context)
    {
        try
        {
            return read(context);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            throw new RpcException(new Status(StatusCode.Internal, "The bytes are no message of this method's type."));
        }
    }
}
