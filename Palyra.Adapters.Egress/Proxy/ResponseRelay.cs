using System.Buffers;
using System.Text;
using Palyra.Adapters.Egress.Http1;
using Palyra.Adapters.Egress.Injection;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Egress;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>
/// Brings an origin's answer to the worker: read strictly, within its budget, framed anew, this hop's fields dropped, and every occurrence of an injected
/// secret replaced. The last bytes stay unflushed until the audit record is written.
/// </summary>
internal sealed class ResponseRelay(
    ClientConnection client, OriginConnection origin, EgressTarget target, SecretScrubber? scrubber, int clientMinorVersion)
{
    private readonly ArrayBufferWriter<byte>? _scrubbed = scrubber is null ? null : new ArrayBufferWriter<byte>(1024);
    private BodyFraming _framing;
    private bool _chunked;
    private int _headLength;
    private bool _originMayStay;
    private long _begunAt = -1;

    /// <summary>Bytes that came from the origin, head and body.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Whether anything at all has come from the origin.</summary>
    internal bool HasAnswerBytes { get; private set; }

    /// <summary>Whether any of the answer is on its way to the worker, so that no other can take its place.</summary>
    internal bool HasBegun => _begunAt >= 0 && client.Output.Written > _begunAt;

    /// <summary>What was malformed about the answer, or <see langword="null"/>.</summary>
    internal string? Error { get; private set; }

    /// <summary>Whether the worker's connection can carry another request.</summary>
    internal bool KeepsClient { get; private set; }

    /// <summary>Whether the origin's connection can carry another exchange.</summary>
    internal bool KeepsOrigin => _originMayStay && origin.Input.Count == 0;

    /// <summary>Reads the final answer's head, past interim ones, and judges its form.</summary>
    /// <returns>Why the answer cannot be used, or <see langword="null"/>.</returns>
    internal async ValueTask<string?> ReadHeadAsync(bool toHead)
    {
        for (var interim = 0; interim <= HttpLimits.InterimAnswers; interim++)
        {
            var scanner = new HeadScanner();
            HeadScan scan;
            while ((scan = scanner.Advance(origin.Input.Bytes)) == HeadScan.NeedMore)
            {
                if (await origin.Input.ReadAsync().ConfigureAwait(false) == 0)
                {
                    return ProxyReason.Truncated;
                }

                HasAnswerBytes = true;
                client.Touch();
            }

            if (scan == HeadScan.Malformed)
            {
                return Malformed(scanner.TooLarge ? "its head is larger than 32 KiB" : "its head holds a bare CR or LF or another control character");
            }

            _headLength = scanner.Length;
            Bytes += _headLength;
            if (JudgeHead(toHead) is { } error)
            {
                return Malformed(error);
            }

            if (origin.Head.Status >= 200)
            {
                return JudgeContent();
            }

            // An interim answer says nothing that the worker must know, and could carry the secret.
            origin.Input.Consume(_headLength);
        }

        return Malformed("there are too many interim answers");
    }

    /// <summary>Relays the answer whose head was read; the worker's connection is kept for another request only if the caller wants it to.</summary>
    /// <returns>Why it had to be cut, or <see langword="null"/>.</returns>
    internal async ValueTask<string?> RelayAsync(bool keepAlive)
    {
        WriteHead(keepAlive);
        var failure = _framing.Kind switch
        {
            BodyKind.None => null,
            BodyKind.Length => await RelayLengthAsync().ConfigureAwait(false),
            BodyKind.Chunked => await RelayChunksAsync().ConfigureAwait(false),
            _ => await RelayUntilCloseAsync().ConfigureAwait(false),
        };
        if (failure is null && _framing.Kind != BodyKind.Chunked)
        {
            await FinishBodyAsync().ConfigureAwait(false);
            if (_chunked)
            {
                client.Output.Append("0\r\n\r\n"u8);
            }
        }

        return failure;
    }

    private string? JudgeHead(bool toHead)
    {
        var head = origin.Input.Bytes[.._headLength];
        var error = origin.Head.Parse(head);
        if (error is not null)
        {
            return error;
        }

        if (origin.Head.Status == 101)
        {
            return "it switches protocols, which nobody asked for";
        }

        _framing = BodyFraming.OfResponse(origin.Head, head, toHead);
        return _framing.Error;
    }

    private string? JudgeContent()
    {
        if (Bytes + _framing.Length > target.MaxResponseBytes)
        {
            return ProxyReason.ResponseTooLarge;
        }

        if (scrubber is null)
        {
            return null;
        }

        // INVARIANT: a worker never gets an answer in which its secret could not be found: compressed, or only a part of it.
        var head = origin.Input.Bytes[.._headLength];
        var codings = origin.Head.Fields.Find(KnownHeader.ContentEncoding, head, out var coding);
        var isPlain = codings == 0 || (codings == 1 && Ascii.EqualsIgnoreCase(coding, "identity"u8));
        return isPlain && origin.Head.Status != 206 ? null : ProxyReason.UnreadableAnswer;
    }

    private string Malformed(string error)
    {
        ProxyMetrics.RefusedHead("origin");
        Error = error;
        return ProxyReason.MalformedAnswer;
    }

    private void WriteHead(bool keepAlive)
    {
        _begunAt = client.Output.Written;
        var head = origin.Input.Bytes[.._headLength];
        var answer = origin.Head;
        var originCloses = answer.MinorVersion == 0 || (answer.Fields.HasConnection && answer.Fields.ConnectionNames("close"u8, head));
        _originMayStay = !originCloses && _framing.Kind != BodyKind.UntilClose;
        var sendsLength = _framing.Kind == BodyKind.Length && scrubber is null;
        _chunked = _framing.Kind != BodyKind.None && !sendsLength && clientMinorVersion == 1;
        KeepsClient = keepAlive && (_framing.Kind == BodyKind.None || sendsLength || _chunked);

        var output = client.Output;
        output.Append("HTTP/1.1 "u8);
        output.Append(answer.Status);
        output.Append(" "u8);
        Append(answer.Reason(head));
        output.Append("\r\n"u8);
        foreach (ref readonly var field in answer.Fields.All)
        {
            if (ForwardRules.PassesDownstream(field, answer.Fields, head))
            {
                AppendField(field, head);
            }
        }

        if (sendsLength)
        {
            output.Append("Content-Length: "u8);
            output.Append(_framing.Length);
            output.Append("\r\n"u8);
        }
        else if (_chunked)
        {
            output.Append("Transfer-Encoding: chunked\r\n"u8);
        }
        else if (_framing.Kind == BodyKind.None && scrubber is null && answer.Status != 204
            && answer.Fields.Find(KnownHeader.ContentLength, head, out var length) == 1 && HttpToken.TryParseLength(length, out var bytes))
        {
            output.Append("Content-Length: "u8);
            output.Append(bytes);
            output.Append("\r\n"u8);
        }

        output.Append(KeepsClient ? "Via: 1.1 palyra\r\n\r\n"u8 : "Via: 1.1 palyra\r\nConnection: close\r\n\r\n"u8);
        origin.Input.Consume(_headLength);
    }

    private void AppendField(in HeaderField field, ReadOnlySpan<byte> head)
    {
        var output = client.Output;
        if (scrubber is not null && !Scrub(field.Name(head)).SequenceEqual(field.Name(head)))
        {
            // A name with the secret in it is no name any more once the secret is replaced.
            return;
        }

        output.Append(field.Name(head));
        output.Append(": "u8);
        Append(field.Value(head));
        output.Append("\r\n"u8);
    }

    private void Append(ReadOnlySpan<byte> text) => client.Output.Append(scrubber is null ? text : Scrub(text));

    private ReadOnlySpan<byte> Scrub(ReadOnlySpan<byte> text)
    {
        _scrubbed!.ResetWrittenCount();
        scrubber!.Scrub(text, _scrubbed);
        return _scrubbed.WrittenSpan;
    }

    private async ValueTask<string?> RelayLengthAsync()
    {
        var left = _framing.Length;
        while (left > 0)
        {
            if (origin.Input.Count == 0 && await ReadMoreAsync().ConfigureAwait(false) == 0)
            {
                return ProxyReason.Truncated;
            }

            var piece = origin.Input.Memory[..(int)Math.Min(left, origin.Input.Count)];
            left -= piece.Length;
            Bytes += piece.Length;
            if (scrubber is not null)
            {
                await AppendBodyAsync(piece).ConfigureAwait(false);
            }
            else if (left == 0 && client.Output.Pending + piece.Length <= ChunkWriter.FlushAt)
            {
                // Stays pending, so that a small answer leaves in one piece together with its head.
                client.Output.Append(piece.Span);
            }
            else
            {
                await client.Output.WriteAsync(piece).ConfigureAwait(false);
            }

            origin.Input.Consume(piece.Length);
        }

        return null;
    }

    private async ValueTask<string?> RelayUntilCloseAsync()
    {
        while (true)
        {
            if (origin.Input.Count == 0 && await ReadMoreAsync().ConfigureAwait(false) == 0)
            {
                // What was held back may be the beginning of a secret: only an end that is one lets it go.
                return origin.EndIsMeant ? null : ProxyReason.Truncated;
            }

            var piece = origin.Input.Memory;
            Bytes += piece.Length;
            if (Bytes > target.MaxResponseBytes)
            {
                return ProxyReason.ResponseTooLarge;
            }

            await AppendBodyAsync(piece).ConfigureAwait(false);
            origin.Input.Consume(piece.Length);
        }
    }

    private async ValueTask<string?> RelayChunksAsync()
    {
        var decoder = new ChunkedDecoder();
        while (true)
        {
            var step = decoder.Step(origin.Input.Bytes, out var consumed, out var range);
            switch (step)
            {
                case ChunkStep.Malformed:
                    return Malformed("its chunks are broken");
                case ChunkStep.Data:
                    var piece = origin.Input.Memory[range];
                    Bytes += piece.Length;
                    if (Bytes > target.MaxResponseBytes)
                    {
                        return ProxyReason.ResponseTooLarge;
                    }

                    await AppendBodyAsync(piece).ConfigureAwait(false);
                    origin.Input.Consume(consumed);
                    break;
                case ChunkStep.Done:
                    origin.Input.Consume(consumed);
                    Bytes += decoder.Trailers.Length;
                    await FinishBodyAsync().ConfigureAwait(false);
                    return WriteTrailers(decoder.Trailers);
                default:
                    origin.Input.Consume(consumed);
                    if (await ReadMoreAsync().ConfigureAwait(false) == 0)
                    {
                        return ProxyReason.Truncated;
                    }

                    break;
            }
        }
    }

    private string? WriteTrailers(ReadOnlySpan<byte> trailers)
    {
        if (!_chunked)
        {
            return null;
        }

        client.Output.Append("0\r\n"u8);
        if (!trailers.IsEmpty)
        {
            var fields = new HeaderFields();
            if (fields.Parse(trailers, 0) is { } error)
            {
                return Malformed(error);
            }

            foreach (ref readonly var field in fields.All)
            {
                if (ForwardRules.MayTrail(field, trailers))
                {
                    AppendField(field, trailers);
                }
            }
        }

        client.Output.Append("\r\n"u8);
        return null;
    }

    /// <summary>Flushes what the worker can have before waiting for more.</summary>
    private async ValueTask<int> ReadMoreAsync()
    {
        await client.Output.FlushAsync().ConfigureAwait(false);
        var count = await origin.Input.ReadAsync().ConfigureAwait(false);
        client.Touch();
        return count;
    }

    private async ValueTask AppendBodyAsync(ReadOnlyMemory<byte> piece)
    {
        if (scrubber is null)
        {
            await WriteBodyAsync(piece).ConfigureAwait(false);
            return;
        }

        // In small pieces: replacing can make a text longer, and memory has to stay bounded.
        while (!piece.IsEmpty)
        {
            var part = piece[..Math.Min(piece.Length, 4096)];
            _scrubbed!.ResetWrittenCount();
            scrubber.Feed(part.Span, _scrubbed);
            await WriteBodyAsync(_scrubbed.WrittenMemory).ConfigureAwait(false);
            piece = piece[part.Length..];
        }
    }

    /// <summary>Lets go what was held back, at the end of a body that is whole.</summary>
    private ValueTask FinishBodyAsync()
    {
        if (scrubber is null)
        {
            return default;
        }

        _scrubbed!.ResetWrittenCount();
        scrubber.Finish(_scrubbed);
        return WriteBodyAsync(_scrubbed.WrittenMemory);
    }

    private ValueTask WriteBodyAsync(ReadOnlyMemory<byte> piece)
    {
        if (_chunked)
        {
            ChunkWriter.Write(client.Output, piece.Span);
        }
        else
        {
            client.Output.Append(piece.Span);
        }

        return client.Output.Pending >= ChunkWriter.FlushAt ? client.Output.FlushAsync() : default;
    }
}
