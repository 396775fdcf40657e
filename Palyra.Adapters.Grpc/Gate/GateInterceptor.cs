using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.Logging;
using Palyra.Adapters.Grpc.Server;
using Palyra.Adapters.Grpc.Wire.Common;
using Palyra.Domain.Identity.Replay;
using Palyra.Domain.Ids;
using Palyra.Domain.Results;
using Palyra.Domain.Time;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>
/// Puts every call, and every message of every stream, through the certificate gate and the replay guard before a service sees it. A caller that needs no
/// identity goes past both: its service limits it by its address first, since all such callers share what the guard remembers.
/// </summary>
internal sealed partial class GateInterceptor(
    CertificateGate gate, ReplayGuard replays, OpenStreams streams, TimeProvider clock, ILogger<GateInterceptor> logger) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        context.GetHttpContext().Features.Set(new CallGate(Admit(request, context), null));
        return continuation(request, context);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        context.GetHttpContext().Features.Set(new CallGate(Admit(request, context), null));
        return continuation(request, responseStream, context);
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var reader = new GatedReader<TRequest>(requestStream, this, OpenStream(context), context);
        return await continuation(reader, context).ConfigureAwait(false);
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        using var reader = new GatedReader<TRequest>(requestStream, this, OpenStream(context), context);
        await continuation(reader, responseStream, context).ConfigureAwait(false);
    }

    private OpenStream OpenStream(ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var stream = streams.Open(MethodTable.DemandOf(context.Method) == CertificateDemand.None ? default : Checked(gate.Authenticate(http), context));
        // Closed once the answer is on its way whole, so that whoever waits for the streams to end does not cut it.
        http.Response.RegisterForDispose(stream);
        if (!stream.Caller.Certificate.IsEmpty)
        {
            Checked(gate.Authenticate(http), context);
        }

        http.Features.Set(new CallGate(stream.Caller, stream));
        return stream;
    }

    private Caller Admit<TRequest>(TRequest request, ServerCallContext context)
    {
        if (MethodTable.DemandOf(context.Method) == CertificateDemand.None)
        {
            return default;
        }

        // A message that cannot name a device is let in nowhere but on the open methods.
        var caller = Checked(gate.Admit(context.GetHttpContext(), (request as IDeviceBound)?.DeviceId?.Ulid), context);
        if (replays.Judge(caller.Device, (request as IReplayProtected)?.Replay, UnixTime.Now(clock)).Refusal is { } replayed)
        {
            throw Refused(replayed, context);
        }

        return caller;
    }

    private Caller Checked(Result<Caller> result, ServerCallContext context) => result.TryGet(out var caller, out var refusal) ? caller : throw Refused(refusal, context);

    private RpcException Refused(Refusal refusal, ServerCallContext context)
    {
        Log.Refused(logger, context.Method, context.Peer, refusal.Code);
        return refusal.ToException();
    }

    private sealed class GatedReader<TRequest>(IAsyncStreamReader<TRequest> inner, GateInterceptor owner, OpenStream stream, ServerCallContext context)
        : IAsyncStreamReader<TRequest>, IDisposable
    {
        private CancellationToken _given;
        private CancellationTokenSource? _either;

        public TRequest Current => inner.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            bool more;
            try
            {
                more = await inner.MoveNext(Either(cancellationToken)).ConfigureAwait(false);
            }
            catch (Exception) when (stream.Revoked.IsCancellationRequested && !context.CancellationToken.IsCancellationRequested)
            {
                throw stream.ToException();
            }

            if (more)
            {
                stream.Name(owner.Admit(inner.Current, context));
            }

            return more;
        }

        public void Dispose() => _either?.Dispose();

        // A service reads on with one token: what links it to the revocation is made for a token, not for a message.
        private CancellationToken Either(CancellationToken given)
        {
            if (_either is null || _given != given)
            {
                _either?.Dispose();
                (_given, _either) = (given, CancellationTokenSource.CreateLinkedTokenSource(given, stream.Revoked));
            }

            return _either.Token;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(4005, LogLevel.Information, "{Method} from {Peer} refused: {Code}")]
        internal static partial void Refused(ILogger logger, string method, string peer, string code);
    }
}
