namespace Palyra.Domain.Identity;

/// <summary>One side's ephemeral agreement key. Dispose of it when the session ends.</summary>
public interface IPairingAgreement : IDisposable
{
    /// <summary>The public half, an uncompressed P-256 point of 65 bytes.</summary>
    ReadOnlyMemory<byte> Public { get; }

    /// <summary>The transcript MAC between this key and the other side's.</summary>
    /// <returns>The MAC; <see langword="null"/> when the other side's key is no point of the curve. Never throws for bad input.</returns>
    byte[]? DeriveMac(ReadOnlySpan<byte> otherPublic, ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> context);
}
