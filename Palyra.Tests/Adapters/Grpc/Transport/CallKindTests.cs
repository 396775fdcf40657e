using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Palyra.Tests.Adapters.Grpc.Transport.Wire;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Adapters.Grpc.Transport;

/// <summary>All kinds of call, and how each can end, through a client of the gRPC package.</summary>
public sealed class CallKindTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private EchoHost _host = null!;
    private global::Grpc.Net.Client.GrpcChannel _channel = null!;
    private Wire.EchoService.EchoServiceClient _client = null!;

    public async Task InitializeAsync()
    {
        _host = await EchoHost.StartAsync();
        _channel = _host.NewChannel();
        _client = new Wire.EchoService.EchoServiceClient(_channel);
    }

    public async Task DisposeAsync()
    {
        _channel.Dispose();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((4 * 1024 * 1024) - 16)]
    public async Task Unary_OfAnySizeUpToTheLimit_Answers(int size)
    {
        var answer = await _client.UnaryAsync(new EchoRequest { Payload = ByteString.CopyFrom(new byte[size]) });
        Assert.Equal(size, answer.Payload.Length);
    }

    [Fact]
    public async Task ClientStream_IsReadToItsEnd()
    {
        using var call = _client.Collect();
        for (var i = 0; i < 100; i++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Payload = ByteString.CopyFrom(new byte[1_000]) });
        }

        await call.RequestStream.CompleteAsync();
        Assert.Equal((100, "100000"), ((await call).Count, (await call).Payload.ToStringUtf8()));
    }

    [Fact]
    public async Task ServerStream_IsWrittenInOrder()
    {
        using var call = _client.Expand(new EchoRequest { Repeat = 500 });
        var counts = new List<int>();
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            counts.Add(answer.Count);
        }

        Assert.Equal(Enumerable.Range(0, 500), counts);
    }

    [Fact]
    public async Task Conversation_AnswersEachMessageBeforeTheNext()
    {
        using var call = _client.Converse();
        for (var i = 0; i < 50; i++)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Payload = ByteString.CopyFromUtf8($"{i}") });
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
            Assert.Equal($"{i}", call.ResponseStream.Current.Payload.ToStringUtf8());
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
    }

    public static TheoryData<int> Failures => [.. Enumerable.Range(1, 16)];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Status_OfAnyCode_ArrivesWithItsMessage(int code)
    {
        var thrown = await Assert.ThrowsAsync<RpcException>(async () =>
            await _client.UnaryAsync(new EchoRequest { FailWithStatus = code, FailWithMessage = $"größer {code}" }));
        Assert.Equal(((StatusCode)code, $"größer {code.ToString(CultureInfo.InvariantCulture)}"), (thrown.StatusCode, thrown.Status.Detail));
    }

    [Fact]
    public async Task Unforeseen_IsInternalWithACorrelationIdAndNoDetail()
    {
        var unary = await Assert.ThrowsAsync<RpcException>(async () => await _client.UnaryAsync(new EchoRequest { ThrowUnforeseen = true }));
        Assert.Equal(StatusCode.Internal, unary.StatusCode);
        Assert.Matches("^Internal error. Correlation id: [0-9a-f]{32}$", unary.Status.Detail);
        using var call = _client.Converse();
        await call.RequestStream.WriteAsync(new EchoRequest { ThrowUnforeseen = true });
        var stream = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.Internal, stream.StatusCode);
        Assert.DoesNotContain("secret", stream.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deadline_Passed_IsDeadlineExceededForEveryKind()
    {
        var request = new EchoRequest { WaitForCancellation = true };
        var unary = await Assert.ThrowsAsync<RpcException>(async () => await _client.UnaryAsync(request, deadline: DateTime.UtcNow.AddMilliseconds(100)));
        Assert.Equal(StatusCode.DeadlineExceeded, unary.StatusCode);
        using var call = _client.Converse(deadline: DateTime.UtcNow.AddMilliseconds(100));
        var stream = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.DeadlineExceeded, stream.StatusCode);
    }

    [Fact]
    public async Task Cancellation_ByTheClient_ReachesTheHandler()
    {
        using var source = new CancellationTokenSource();
        using var call = _client.Converse(cancellationToken: source.Token);
        await call.RequestStream.WriteAsync(new EchoRequest { Payload = ByteString.CopyFromUtf8("x") });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(1, _host.Service.Running);
        await source.CancelAsync();
        var thrown = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.Equal(StatusCode.Cancelled, thrown.StatusCode);
        await _host.Service.WhenIdleAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task Gzip_BothWays_IsSpoken()
    {
        var metadata = new Metadata { { "grpc-internal-encoding-request", "gzip" } };
        var answer = await _client.UnaryAsync(new EchoRequest { Payload = ByteString.CopyFrom(new byte[1_000_000]) }, metadata);
        Assert.Equal(1_000_000, answer.Payload.Length);
    }

    [Fact]
    public async Task Streams_AThousandOnOneConnection_RunAtOnce()
    {
        var calls = Enumerable.Range(0, 1_000).Select(_ => _client.Converse()).ToArray();
        foreach (var call in calls)
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Payload = ByteString.CopyFromUtf8("here") });
        }

        foreach (var call in calls)
        {
            Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        Assert.Equal((1_000, 1), (_host.Service.Running, _host.Connections));
        foreach (var call in calls)
        {
            await call.RequestStream.CompleteAsync();
            Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
            call.Dispose();
        }

        await _host.Service.WhenIdleAsync().WaitAsync(Patience);
    }

    [Fact]
    public async Task Writer_WhoseReaderStops_IsHeldBack()
    {
        using var call = _client.Expand(new EchoRequest { Repeat = 10_000, Payload = ByteString.CopyFrom(new byte[100_000]) });
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.InRange(await Wait.UntilStillAsync(() => _host.Service.Written), 1, 200);
    }
}
