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
    [InlineData("00000000000000000000000000000000000000000000000000000000000000000")]
    public void TryParse_NotSixtyFourLowerHexDigits_Refuses(string text) => Assert.False(AuditHash.TryParse(text, out _));

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
