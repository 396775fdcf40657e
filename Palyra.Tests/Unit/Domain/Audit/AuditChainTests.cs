using System.Buffers.Binary;
using System.Security.Cryptography;
using FsCheck.Xunit;
using Palyra.Domain.Audit;

namespace Palyra.Tests.Unit.Domain.Audit;

public class AuditChainTests
{
    [Fact]
    public void Next_KnownInput_GivesTheDocumentedHash()
    {
        // sha256("palyra.audit.record.v1" + 32 zero bytes + 00..01 + 00..03 + "abc"), computed with another implementation.
        Assert.Equal(Expected, AuditChain.Next(default, 1, "abc"u8).ToString());
    }

    [Property]
    public bool Another_predecessor_number_or_byte_gives_another_hash(byte[] record, ulong number, byte predecessor, int at)
    {
        var previous = new AuditHash([.. Enumerable.Repeat(predecessor, 32)]);
        var hash = AuditChain.Next(previous, number, record);
        var changed = record.Append((byte)0).ToArray();
        changed[Math.Abs((long)at) % changed.Length] ^= 1;
        return hash == AuditChain.Next(previous, number, record)
            && hash != AuditChain.Next(hash, number, record)
            && hash != AuditChain.Next(previous, unchecked(number + 1), record)
            && hash != AuditChain.Next(previous, number, changed)
            && hash != AuditChain.Next(previous, number, [.. record, 0]);
    }

    [Property]
    public bool Hash_text_round_trips(ulong a, ulong b)
    {
        byte[] bytes = [.. BitConverter.GetBytes(a), .. BitConverter.GetBytes(b), .. BitConverter.GetBytes(a ^ b), .. BitConverter.GetBytes(~a)];
        var hash = new AuditHash(bytes);
        return AuditHash.TryParse(hash.ToString(), out var parsed) && parsed == hash && hash.ToString() == Convert.ToHexStringLower(bytes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000G")]
    [InlineData("000000000000000000000000000000000000000000000000000000000000000A")]
    [InlineData("A000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("F000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("00000000000000000000000000000000000000000000000000000000000000000")]
    public void TryParse_NotSixtyFourLowerHexDigits_Refuses(string text) => Assert.False(AuditHash.TryParse(text, out _));

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Hash_NotOf32Bytes_IsRefused(int length) => Assert.Throws<ArgumentException>(() => new AuditHash(new byte[length]));

    // The record is framed on the stack up to 4096 bytes, its head of 70 included; a stack holds no 16 MiB.
    [Theory]
    [InlineData(0)]
    [InlineData(4096 - 70)]
    [InlineData(4096 - 70 + 1)]
    [InlineData(16 * 1024 * 1024)]
    public void Next_RecordOfAnyLength_HashesItsFraming(int length)
    {
        var record = new byte[length];
        Array.Fill(record, (byte)'x');
        var head = new byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(head, 7);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(8), (ulong)length);
        byte[] previous = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
        var expected = SHA256.HashData([.. "palyra.audit.record.v1"u8, .. previous, .. head, .. record]);
        Assert.Equal(new AuditHash(expected), AuditChain.Next(new AuditHash(previous), 7, record));
    }

    [Fact]
    public void CheckpointStatement_HoldsLabelNumberAndHash()
    {
        var statement = AuditChain.CheckpointStatement(258, AuditChain.Next(default, 1, "abc"u8));
        Assert.Equal("palyra.audit.checkpoint.v1"u8.ToArray(), statement[..26]);
        Assert.Equal([0, 0, 0, 0, 0, 0, 1, 2], statement[26..34]);
        Assert.Equal(Expected, Convert.ToHexStringLower(statement[34..]));
    }

    private const string Expected = "54728531c07cbcb91284d5da013c81d66dfc4720f75d8c2f5da79c355d5bcb01";
}
