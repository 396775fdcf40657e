using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Tunnels;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Fuzz;

namespace Palyra.Tests.Unit.Adapters.Egress.Http1;

/// <summary>Seeded mutations through every parser of the proxy: nothing throws, nothing hangs, and what is accepted is well-formed.</summary>
public sealed class Http1FuzzTests
{
    [Fact]
    public void Mutated_request_heads_are_refused_or_well_formed()
    {
        var original = Encoding.Latin1.GetBytes(
            "POST http://api.example.com:80/a?b=c HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 10\r\nConnection: close, x-a\r\nX-A: 1\r\nExpect: 100-continue\r\n\r\n");
        var request = new RequestHead();
        Fuzzer.Run("proxy-request-head", 6, [original], bytes =>
        {
            var scanner = new HeadScanner();
            if (scanner.Advance(bytes) != HeadScan.Complete || request.Parse(bytes.AsSpan(0, scanner.Length)) is not null)
            {
                return;
            }

            var head = bytes.AsSpan(0, scanner.Length);
            var plan = RequestRules.Check(request, head);
            foreach (ref readonly var field in request.Fields.All)
            {
                Assert.True(HttpToken.IsToken(field.Name(head)));
                Assert.True(HttpToken.IsFieldValue(field.Value(head)));
            }

            Assert.True(plan.Error is not null || plan.Target.Form != TargetForm.Invalid);
            Assert.True(plan.Error is not null || plan.Framing.Kind != BodyKind.Length || plan.Framing.Length >= 0);
        });
    }

    [Fact]
    public void Mutated_answer_heads_are_refused_or_well_formed()
    {
        var original = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\nX-A: 1\r\n\r\n");
        var answer = new ResponseHead();
        Fuzzer.Run("proxy-answer-head", 7, [original], bytes =>
        {
            var scanner = new HeadScanner();
            if (scanner.Advance(bytes) == HeadScan.Complete && answer.Parse(bytes.AsSpan(0, scanner.Length)) is null)
            {
                Assert.InRange(answer.Status, 100, 599);
                Assert.True(BodyFraming.OfResponse(answer, bytes.AsSpan(0, scanner.Length), toHead: false).Length >= 0);
            }
        });
    }

    [Fact]
    public void Mutated_chunks_decode_the_same_in_any_pieces()
    {
        const string original = "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX-A: 1\r\n\r\n";
        Fuzzer.Run("chunks", 8, [Encoding.Latin1.GetBytes(original)], bytes =>
        {
            var body = Encoding.Latin1.GetString(bytes);
            Assert.Equal(ChunkedDecoderTests.Decode(body, body.Length + 1), ChunkedDecoderTests.Decode(body, 1));
        });
    }

    [Fact]
    public void Mutated_hellos_are_refused_or_name_a_host_in_visible_characters()
    {
        var original = Hellos.For("api.example.com");
        Fuzzer.Run("client-hello", 9, [original], bytes =>
        {
            var hello = ClientHello.Read(bytes);
            Assert.True(hello.ServerName is null || hello.ServerName.All(character => character is > ' ' and <= '~'));
        });
    }
}
