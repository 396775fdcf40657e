using System.Text;
using Palyra.Adapters.Egress.Transport;

namespace Palyra.Tests.Unit.Adapters.Egress.Transport;

public sealed class ByteOutputTests
{
    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    public async Task FlushAsync_WhatWasWritten_IsNotLeftInTheBuffer(int length)
    {
        var stream = new StreamThatKeepsTheBuffer();
        using var output = new ByteOutput(stream);
        output.Append(new string('s', length));
        await output.FlushAsync();
        Assert.Equal(new string('s', length), stream.Written);
        Assert.Equal(new byte[length], stream.Buffer.ToArray());
    }

    [Fact]
    public async Task FlushAsync_PeerIsGone_IsKnownToBeBroken()
    {
        using var output = new ByteOutput(new StreamThatKeepsTheBuffer { IsGone = true });
        output.Append("text"u8);
        Assert.False(output.IsBroken);
        await Assert.ThrowsAsync<IOException>(async () => await output.FlushAsync());
        Assert.True(output.IsBroken);
    }

    private sealed class StreamThatKeepsTheBuffer : MemoryStream
    {
        internal bool IsGone { get; init; }

        internal string Written { get; private set; } = "";

        internal ReadOnlyMemory<byte> Buffer { get; private set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (IsGone)
            {
                throw new IOException("The peer is gone.");
            }

            Written = Encoding.ASCII.GetString(buffer.Span);
            Buffer = buffer;
            return default;
        }
    }
}
