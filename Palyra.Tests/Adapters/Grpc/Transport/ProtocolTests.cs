using System.IO.Compression;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Palyra.Tests.Adapters.Grpc.Transport.Wire;

namespace Palyra.Tests.Adapters.Grpc.Transport;

/// <summary>The protocol on the wire, as the published description of gRPC over HTTP/2 has it, said with plain HTTP/2.</summary>
public sealed class ProtocolTests : IAsyncLifetime
{
    private const string Unary = "/palyra.tests.v1.EchoService/Unary";
    private static readonly byte[] Hello = RawCall.Frame(new EchoRequest { Payload = ByteString.CopyFromUtf8("hello") });

    private EchoHost _host = null!;
    private HttpMessageInvoker _client = null!;

    public async Task InitializeAsync()
    {
        _host = await EchoHost.StartAsync();
        _client = new HttpMessageInvoker(_host.NewHandler());
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _host.DisposeAsync();
    }

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    public async Task ContentType_OfGrpc_IsServed(string contentType)
    {
        var answer = await new RawCall(_host.Address, Unary) { ContentType = contentType, Body = Hello }.SendAsync(_client);
        Assert.Equal((HttpStatusCode.OK, 0), (answer.Http, answer.Status));
        Assert.Equal("hello", EchoResponse.Parser.ParseFrom(answer.Body.AsSpan(5)).Payload.ToStringUtf8());
        Assert.True(answer.Trailers.ContainsKey("grpc-status"), "A call with an answer carries its status after the body.");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc+json")]
    [InlineData("application/grpcx")]
    [InlineData("text/plain")]
    public async Task ContentType_OfAnythingElse_Is415(string contentType)
    {
        var answer = await new RawCall(_host.Address, Unary) { ContentType = contentType, Body = Hello }.SendAsync(_client);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Http);
    }

    [Fact]
    public async Task Encoding_Unknown_IsUnimplementedAndNamesWhatIsAccepted()
    {
        var answer = await new RawCall(_host.Address, Unary)
        {
            Headers = new() { ["te"] = "trailers", ["grpc-encoding"] = "snappy" },
            Body = RawCall.Frame([1, 2, 3], flag: 1),
        }.SendAsync(_client);
        Assert.Equal((int)StatusCode.Unimplemented, answer.Status);
        Assert.Equal(["gzip", "identity"], answer.Headers["grpc-accept-encoding"].Split(',').Select(name => name.Trim()).Order());
    }

    [Fact]
    public async Task Encoding_Gzip_IsReadAndAnsweredInKind()
    {
        var answer = await new RawCall(_host.Address, Unary)
        {
            Headers = new() { ["te"] = "trailers", ["grpc-encoding"] = "gzip", ["grpc-accept-encoding"] = "gzip" },
            Body = RawCall.Frame(Gzip(new EchoRequest { Payload = ByteString.CopyFromUtf8("hello") }.ToByteArray()), flag: 1),
        }.SendAsync(_client);
        Assert.Equal((0, "gzip", 1), (answer.Status, answer.Headers["grpc-encoding"], answer.Body[0]));
    }

    [Fact]
    public async Task Encoding_Identity_IsNotAnsweredWithGzip()
    {
        var answer = await new RawCall(_host.Address, Unary)
        {
            Headers = new() { ["te"] = "trailers", ["grpc-accept-encoding"] = "gzip" },
            Body = Hello,
        }.SendAsync(_client);
        Assert.Equal((0, 0), (answer.Status, answer.Body[0]));
    }

    [Fact]
    public async Task Encoding_CompressedFlagWithoutEncoding_IsInternal()
    {
        var answer = await new RawCall(_host.Address, Unary) { Body = RawCall.Frame([1, 2, 3], flag: 1) }.SendAsync(_client);
        Assert.Equal((int)StatusCode.Internal, answer.Status);
    }

    [Fact]
    public async Task Encoding_GzipThatUnpacksBeyondTheLimit_IsResourceExhausted()
    {
        var bomb = Gzip(new EchoRequest { Payload = ByteString.CopyFrom(new byte[64 * 1024 * 1024]) }.ToByteArray());
        var answer = await new RawCall(_host.Address, Unary)
        {
            Headers = new() { ["te"] = "trailers", ["grpc-encoding"] = "gzip" },
            Body = RawCall.Frame(bomb, flag: 1),
        }.SendAsync(_client);
        Assert.Equal((int)StatusCode.ResourceExhausted, answer.Status);
    }

    public static TheoryData<string, byte[]> MalformedFrames => new()
    {
        { "no frame", [] },
        { "half a header", [0, 0] },
        { "half a message", [0, 0, 0, 0, 9, 1, 2] },
        { "unknown flag", [7, 0, 0, 0, 0] },
        { "two messages", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
        { "no message of the type", [0, 0, 0, 0, 3, 0xff, 0xff, 0xff] },
        { "no gzip", [1, 0, 0, 0, 3, 1, 2, 3] },
    };

    [Theory]
    [MemberData(nameof(MalformedFrames))]
    public async Task Frame_Malformed_IsInternalAndTheConnectionSurvives(string what, byte[] body)
    {
        var connections = _host.Connections;
        Assert.Equal(0, (await new RawCall(_host.Address, Unary) { Body = Hello }.SendAsync(_client)).Status);
        var answer = await new RawCall(_host.Address, Unary)
        {
            Headers = new() { ["te"] = "trailers", ["grpc-encoding"] = "gzip" },
            Body = body,
        }.SendAsync(_client);
        Assert.True(answer.Status == (int)StatusCode.Internal, $"{what}: {answer.Status}");
        Assert.Equal(0, (await new RawCall(_host.Address, Unary) { Body = Hello }.SendAsync(_client)).Status);
        Assert.Equal(connections + 1, _host.Connections);
    }

    [Fact]
    public async Task Frame_BeyondTheLimit_IsResourceExhaustedAndTheConnectionSurvives()
    {
        var answer = await new RawCall(_host.Address, Unary) { Body = RawCall.Frame(new byte[(4 * 1024 * 1024) + 1]) }.SendAsync(_client);
        Assert.Equal((int)StatusCode.ResourceExhausted, answer.Status);
        Assert.Equal(0, (await new RawCall(_host.Address, Unary) { Body = Hello }.SendAsync(_client)).Status);
        Assert.Equal(1, _host.Connections);
    }

    [Fact]
    public async Task Frame_AnnouncesFourGigabytes_IsMalformed()
    {
        var answer = await new RawCall(_host.Address, Unary) { Body = [0, 0xff, 0xff, 0xff, 0xff, 1] }.SendAsync(_client);
        Assert.Equal((int)StatusCode.Internal, answer.Status);
    }

    [Theory]
    [InlineData("/palyra.tests.v1.EchoService/Nothing")]
    [InlineData("/palyra.tests.v1.NoService/Unary")]
    [InlineData("/")]
    [InlineData("/a/b/c")]
    public async Task Method_Unknown_IsUnimplementedInTrailersOnly(string path)
    {
        var answer = await new RawCall(_host.Address, path) { Body = Hello }.SendAsync(_client);
        Assert.Equal((HttpStatusCode.OK, (int)StatusCode.Unimplemented), (answer.Http, answer.Status));
        Assert.True(answer.Headers.ContainsKey("grpc-status"), "A refusal without an answer is a single block of headers.");
        Assert.Empty(answer.Body);
    }

    [Fact]
    public async Task Message_OfAStatus_IsPercentEncoded()
    {
        var answer = await new RawCall(_host.Address, Unary)
        {
            Body = RawCall.Frame(new EchoRequest { FailWithStatus = 9, FailWithMessage = "100 % größer\n" }),
        }.SendAsync(_client);
        var message = answer.Headers.GetValueOrDefault("grpc-message") ?? answer.Trailers["grpc-message"];
        Assert.Equal("100 %25 gr%C3%B6%C3%9Fer%0A", message);
    }

    [Fact]
    public async Task Timeout_Passed_IsDeadlineExceeded()
    {
        var answer = await new RawCall(_host.Address, Unary)
        {
            Headers = new() { ["te"] = "trailers", ["grpc-timeout"] = "50m" },
            Body = RawCall.Frame(new EchoRequest { WaitForCancellation = true }),
        }.SendAsync(_client);
        Assert.Equal((int)StatusCode.DeadlineExceeded, answer.Status);
    }

    [Fact]
    public async Task Metadata_TextAndBinary_ComesBackInTrailers()
    {
        var answer = await new RawCall(_host.Address, Unary)
        {
            Headers = new() { ["te"] = "trailers", ["echo-text"] = "some text", ["echo-raw-bin"] = "AP8B" },
            Body = Hello,
        }.SendAsync(_client);
        Assert.Equal(("some text", "AP8B"), (answer.Trailers["echo-text"], answer.Trailers["echo-raw-bin"].TrimEnd('=')));
    }

    [Fact]
    public async Task Verb_OtherThanPost_IsNotServed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_host.Address, Unary))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var response = await _client.SendAsync(request, CancellationToken.None);
        Assert.NotEqual(HttpStatusCode.OK, response.StatusCode);
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }
}
