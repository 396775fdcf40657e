using System.Runtime.InteropServices;
using Palyra.Domain.Egress.Credentials;

namespace Palyra.Tests.Unit.Domain.Egress.Credentials;

public class VaultSecretTests
{
    [Fact]
    public void Value_OfASecret_IsItsOwnCopy()
    {
        byte[] bytes = [1, 2, 3];
        using var secret = new VaultSecret(bytes);
        bytes[0] = 9;
        Assert.Equal([1, 2, 3], secret.Value.ToArray());
        Assert.Equal("[secret]", secret.ToString());
    }

    // What is pinned lies where the collector copies nothing: in its oldest generation from the start.
    [Fact]
    public void Value_OfASecret_IsPinned()
    {
        using var secret = new VaultSecret("secret"u8);
        Assert.True(MemoryMarshal.TryGetArray(secret.Value, out var memory));
        Assert.Equal(GC.MaxGeneration, GC.GetGeneration(memory.Array!));
    }

    [Fact]
    public void Dispose_Secret_ClearsItsMemory()
    {
        var secret = new VaultSecret("secret"u8);
        var memory = secret.Value;
        secret.Dispose();
        Assert.Equal(new byte[6], memory.ToArray());
    }

    [Fact]
    public void Value_AfterDispose_Throws()
    {
        var secret = new VaultSecret("secret"u8);
        secret.Dispose();
        Assert.Throws<ObjectDisposedException>(() => secret.Value);
    }
}
