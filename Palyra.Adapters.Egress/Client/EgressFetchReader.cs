using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Adapters.Egress.Client;

/// <summary>Reads one answer whole, by the same strict rules that the proxy reads origins by.</summary>
internal sealed class EgressFetchReader(Stream stream, int maxBodyBytes) : IDisposable
{
    private readonly ByteInput _input = new(stream);
    private readonly ResponseHead _head = new();
    private readonly MemoryStream _body = new();

    internal async ValueTask<EgressFetchAnswer> ReadAsync(bool toHead)
    {
        for (var interim = 0; interim <= HttpLimits.InterimAnswers; interim++)
        {
            var length = await ReadHeadAsync().ConfigureAwait(false);
            var framing = Parse(length, toHead, out var fields);
            _input.Consume(length);
            if (_head.Status < 200)
            {
                continue;
            }

            await ReadBodyAsync(framing).ConfigureAwait(false);
            return new EgressFetchAnswer(_head.Status, fields, _body.ToArray());
        }

        throw Malformed("there are too many interim answers");
    }

    public void Dispose()
    {
        _input.Dispose();
        _body.Dispose();
    }

    private async ValueTask<int> ReadHeadAsync()
    {
        var scanner = new HeadScanner();
        HeadScan scan;
        while ((scan = scanner.Advance(_input.Bytes)) == HeadScan.NeedMore)
        {
            await ReadMoreAsync().ConfigureAwait(false);
        }

        return scan == HeadScan.Complete ? scanner.Length : throw Malformed("the head is not one");
    }

    private BodyFraming Parse(int length, bool toHead, out List<KeyValuePair<string, string>> fields)
    {
        var head = _input.Bytes[..length];
        if (_head.Parse(head) is { } error)
        {
            throw Malformed(error);
        }

        var framing = BodyFraming.OfResponse(_head, head, toHead);
        if (framing.Error is not null)
        {
            throw Malformed(framing.Error);
        }

        fields = [];
        foreach (ref readonly var field in _head.Fields.All)
        {
            // The proxy's reason code is hop-by-hop by its nature, and meant for exactly this hop.
            if (!KnownHeaders.IsHopByHop(field.Known) || field.Name(head).Length == "X-Palyra-Reason".Length)
            {
                fields.Add(new(Encoding.Latin1.GetString(field.Name(head)), Encoding.Latin1.GetString(field.Value(head))));
            }
        }

        return framing;
    }

    private async ValueTask ReadBodyAsync(BodyFraming framing)
    {
        switch (framing.Kind)
        {
            case BodyKind.Length when framing.Length > maxBodyBytes:
                throw TooLarge();
            case BodyKind.Length:
                for (var left = framing.Length; left > 0;)
                {
                    await ReadIfEmptyAsync().ConfigureAwait(false);
                    left -= Keep((int)Math.Min(left, _input.Count));
                }

                break;
            case BodyKind.Chunked:
                await ReadChunksAsync().ConfigureAwait(false);
                break;
            case BodyKind.UntilClose:
                while (_input.Count > 0 || await _input.ReadAsync().ConfigureAwait(false) > 0)
                {
                    Keep(_input.Count);
                }

                break;
            default:
                break;
        }
    }

    private async ValueTask ReadChunksAsync()
    {
        var decoder = new ChunkedDecoder();
        while (true)
        {
            var step = decoder.Step(_input.Bytes, out var consumed, out var data);
            if (step == ChunkStep.Malformed)
            {
                throw Malformed("its chunks are broken");
            }

            if (step == ChunkStep.Data)
            {
                Add(_input.Bytes[data]);
            }

            _input.Consume(consumed);
            if (step == ChunkStep.Done)
            {
                return;
            }

            if (step == ChunkStep.NeedMore)
            {
                await ReadMoreAsync().ConfigureAwait(false);
            }
        }
    }

    private int Keep(int count)
    {
        Add(_input.Bytes[..count]);
        _input.Consume(count);
        return count;
    }

    private void Add(ReadOnlySpan<byte> data)
    {
        if (_body.Length + data.Length > maxBodyBytes)
        {
            throw TooLarge();
        }

        _body.Write(data);
    }

    private ValueTask ReadIfEmptyAsync() => _input.Count > 0 ? default : ReadMoreAsync();

    private async ValueTask ReadMoreAsync()
    {
        if (await _input.ReadAsync().ConfigureAwait(false) == 0)
        {
            throw new IOException("The answer ended early.");
        }
    }

    private static EgressFetchException TooLarge() => new("egress.client.too_large", "The answer is larger than this client takes.");

    private static EgressFetchException Malformed(string error) => new("egress.client.malformed", $"The answer is malformed: {error}.");
}
