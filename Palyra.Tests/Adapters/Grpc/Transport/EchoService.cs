using Google.Protobuf;
using Grpc.Core;
using Palyra.Tests.Adapters.Grpc.Transport.Wire;

namespace Palyra.Tests.Adapters.Grpc.Transport;

/// <summary>All four kinds of call, obedient to the request: answers, fails or waits as it is told.</summary>
internal sealed class EchoService : Wire.EchoService.EchoServiceBase
{
    private readonly SemaphoreSlim _ended = new(0);
    private int _running;
    private int _written;

    /// <summary>How many conversations have begun and not ended.</summary>
    internal int Running => Volatile.Read(ref _running);

    internal async Task WhenIdleAsync()
    {
        while (Running > 0)
        {
            await _ended.WaitAsync();
        }
    }

    /// <summary>How many pieces expansions have written.</summary>
    internal int Written => Volatile.Read(ref _written);

    public override async Task<EchoResponse> Unary(EchoRequest request, ServerCallContext context)
    {
        foreach (var entry in context.RequestHeaders.Where(entry => entry.Key.StartsWith("echo-", StringComparison.Ordinal)))
        {
            context.ResponseTrailers.Add(entry);
        }

        return await AnswerAsync(request, context);
    }

    public override async Task<EchoResponse> Collect(IAsyncStreamReader<EchoRequest> requestStream, ServerCallContext context)
    {
        var count = 0;
        var bytes = 0;
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            count++;
            bytes += request.Payload.Length;
        }

        return new EchoResponse { Count = count, Payload = ByteString.CopyFromUtf8($"{bytes}") };
    }

    public override async Task Expand(EchoRequest request, IServerStreamWriter<EchoResponse> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Repeat; i++)
        {
            await responseStream.WriteAsync(new EchoResponse { Payload = request.Payload, Count = i }, context.CancellationToken);
            Interlocked.Increment(ref _written);
        }

        await AnswerAsync(request, context);
    }

    public override async Task Converse(IAsyncStreamReader<EchoRequest> requestStream, IServerStreamWriter<EchoResponse> responseStream, ServerCallContext context)
    {
        Interlocked.Increment(ref _running);
        try
        {
            await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
            {
                await responseStream.WriteAsync(await AnswerAsync(request, context));
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
            _ended.Release();
        }
    }

    private static async Task<EchoResponse> AnswerAsync(EchoRequest request, ServerCallContext context)
    {
        if (request.ThrowUnforeseen)
        {
            throw new InvalidOperationException("a secret detail");
        }

        if (request.FailWithStatus != 0)
        {
            throw new RpcException(new Status((StatusCode)request.FailWithStatus, request.FailWithMessage));
        }

        if (request.WaitForCancellation)
        {
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
        }

        return new EchoResponse { Payload = request.Payload, Count = 1 };
    }
}
