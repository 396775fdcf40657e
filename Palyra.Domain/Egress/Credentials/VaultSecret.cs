using System.Diagnostics;
using System.Security.Cryptography;

namespace Palyra.Domain.Egress.Credentials;

/// <summary>A secret on loan, in memory that is pinned against copies by the collector and cleared on disposal. Never printed.</summary>
[DebuggerDisplay("[secret]")]
public sealed class VaultSecret : IDisposable
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly byte[] _value;
    private bool _cleared;

    /// <summary>Copies a value into memory of its own.</summary>
    public VaultSecret(ReadOnlySpan<byte> value)
    {
        _value = GC.AllocateUninitializedArray<byte>(value.Length, pinned: true);
        value.CopyTo(_value);
    }

    /// <summary>The secret's bytes.</summary>
    /// <exception cref="ObjectDisposedException">It was cleared.</exception>
    public ReadOnlyMemory<byte> Value
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _cleared), this);
            return _value;
        }
    }

    /// <summary>Clears the memory.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _cleared, true);
        CryptographicOperations.ZeroMemory(_value);
    }

    /// <summary>Never the secret.</summary>
    public override string ToString() => "[secret]";
}
