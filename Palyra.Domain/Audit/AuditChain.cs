using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Palyra.Domain.Audit;

/// <summary>
/// The rule that ties audit records together: each record's hash covers the hash before it, its number and its exact bytes, so that changing,
/// inserting, removing or reordering a record breaks every hash from there on. What is left is cutting the end off, which a signed checkpoint shows.
/// </summary>
/// <remarks>
/// hash(n) = SHA-256(<c>palyra.audit.record.v1</c> ‖ hash(n-1) ‖ n ‖ length ‖ bytes); numbers are 64-bit big-endian. A checkpoint is a signature
/// over <c>palyra.audit.checkpoint.v1</c> ‖ n ‖ hash(n). The labels have different lengths and the rest is of fixed length or length-prefixed,
/// so no two different inputs give the same bytes.
/// </remarks>
public static class AuditChain
{
    private const int NumberSize = sizeof(ulong);
    private const int MaxOnStack = 4096;

    private static ReadOnlySpan<byte> RecordLabel => "palyra.audit.record.v1"u8;

    private static ReadOnlySpan<byte> CheckpointLabel => "palyra.audit.checkpoint.v1"u8;

    /// <summary>The state after a record. Numbers start at 1 and grow by one.</summary>
    public static AuditHash Next(AuditHash previous, ulong number, ReadOnlySpan<byte> record)
    {
        const int headLength = 22 + AuditHash.Size + NumberSize + NumberSize;
        var length = headLength + record.Length;
        Span<byte> framed = length <= MaxOnStack ? stackalloc byte[length] : new byte[length];
        RecordLabel.CopyTo(framed);
        var rest = framed[RecordLabel.Length..];
        previous.CopyTo(rest);
        BinaryPrimitives.WriteUInt64BigEndian(rest[AuditHash.Size..], number);
        BinaryPrimitives.WriteUInt64BigEndian(rest[(AuditHash.Size + NumberSize)..], (ulong)record.Length);
        record.CopyTo(framed[headLength..]);

        Span<byte> digest = stackalloc byte[AuditHash.Size];
        SHA256.HashData(framed, digest);
        return new AuditHash(digest);
    }

    /// <summary>The bytes that a checkpoint signs: that the chain stood at this hash after this many records.</summary>
    public static byte[] CheckpointStatement(ulong number, AuditHash hash)
    {
        var statement = new byte[CheckpointLabel.Length + NumberSize + AuditHash.Size];
        CheckpointLabel.CopyTo(statement);
        BinaryPrimitives.WriteUInt64BigEndian(statement.AsSpan(CheckpointLabel.Length), number);
        hash.CopyTo(statement.AsSpan(CheckpointLabel.Length + NumberSize));
        return statement;
    }
}
