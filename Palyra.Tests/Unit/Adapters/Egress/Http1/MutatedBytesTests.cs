using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Tunnels;
using Palyra.Tests.Adapters.Egress.Proxy;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Adapters.Egress.Http1;

/// <summary>Seeded mutations through every parser of the proxy: nothing throws, nothing hangs, and what is accepted is well-formed.</summary>
public sealed class MutatedBytesTests
{
    private static readonly int Rounds = Environment.GetEnvironmentVariable("PALYRA_LONG") == "1" ? 100_000 : 2_000;

    [Fact]
    public void Mutated_request_heads_are_refused_or_well_formed()
    {
        var original = Encoding.Latin1.GetBytes(
            "POST http://api.example.com:80/a?b=c HTTP/1.1\r\nHost: api.example.com\r\nContent-Length: 10\r\nConnection: close, x-a\r\nX-A: 1\r\nExpect: 100-continue\r\n\r\n");
        var random = new Random(6);
        var request = new RequestHead();
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = Mutations.Mutate(original, random);
            var scanner = new HeadScanner();
            if (scanner.Advance(bytes) != HeadScan.Complete || request.Parse(bytes.AsSpan(0, scanner.Length)) is not null)
            {
                continue;
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
        }
    }

    [Fact]
    public void Mutated_answer_heads_are_refused_or_well_formed()
    {
        var original = Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\nX-A: 1\r\n\r\n");
        var random = new Random(7);
        var answer = new ResponseHead();
        for (var i = 0; i < Rounds; i++)
        {
            var bytes = Mutations.Mutate(original, random);
            var scanner = new HeadScanner();
            if (scanner.Advance(bytes) == HeadScan.Complete && answer.Parse(bytes.AsSpan(0, scanner.Length)) is null)
            {
                Assert.InRange(answer.Status, 100, 599);
                Assert.True(BodyFraming.OfResponse(answer, bytes.AsSpan(0, scanner.Length), toHead: false).Length >= 0);
            }
        }
    }

    [Fact]
    public void Mutated_chunks_decode_the_same_in_any_pieces()
    {
        const string original = "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nX-A: 1\r\n\r\n";
        var random = new Random(8);
        for (var i = 0; i < Rounds; i++)
        {
            var body = Encoding.Latin1.GetString(Mutations.Mutate(Encoding.Latin1.GetBytes(original), random));
            Assert.Equal(ChunkedDecoderTests.Decode(body, body.Length + 1), ChunkedDecoderTests.Decode(body, 1));
        }
    }

    [Fact]
    public void Mutated_hellos_are_refused_or_name_a_host_in_visible_characters()
    {
        var original = Hellos.For("api.example.com");
        var random = new Random(9);
        for (var i = 0; i < Rounds; i++)
        {
            var hello = ClientHello.Read(Mutations.Mutate(original, random));
            Assert.True(hello.ServerName is null || hello.ServerName.All(character => character is > ' ' and <= '~'));
        }
    }
}
