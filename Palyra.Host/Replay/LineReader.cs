using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Palyra.Host.Replay;

/// <summary>Lines of a stream as bytes, without their end; a line over the limit comes as <see langword="null"/> and is never held whole.</summary>
internal static class LineReader
{
    internal const int MaxLineBytes = 1024 * 1024;

    internal static async IAsyncEnumerable<ReadOnlyMemory<byte>?> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        var overlong = false;
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            var buffer = read.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } end)
            {
                yield return overlong ? null : Line(buffer.Slice(0, end));
                overlong = false;
                buffer = buffer.Slice(buffer.GetPosition(1, end));
            }

            if (buffer.Length > MaxLineBytes)
            {
                overlong = true;
                buffer = buffer.Slice(buffer.End);
            }

            if (read.IsCompleted)
            {
                if (overlong || buffer.Length > 0)
                {
                    yield return overlong ? null : Line(buffer);
                }

                break;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }

        await reader.CompleteAsync();
    }

    private static ReadOnlyMemory<byte>? Line(in ReadOnlySequence<byte> line)
    {
        if (line.Length > MaxLineBytes)
        {
            return null;
        }

        return line.IsSingleSegment ? line.First : line.ToArray();
    }
}
