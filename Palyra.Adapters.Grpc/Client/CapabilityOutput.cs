using System.Text;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>What came of executing a capability. The default failed.</summary>
public readonly record struct CapabilityOutput
{
    private CapabilityOutput(bool success, ReadOnlyMemory<byte> json, string? error)
    {
        Success = success;
        Json = json;
        Error = error;
    }

    /// <summary>Whether it succeeded.</summary>
    public bool Success { get; }

    /// <summary>The output, one JSON value in UTF-8; empty for none. It is sent, and hashed, byte for byte.</summary>
    public ReadOnlyMemory<byte> Json { get; }

    /// <summary>What went wrong, for people; <see langword="null"/> on success.</summary>
    public string? Error { get; }

    /// <summary>Success, with a JSON value as output.</summary>
    public static CapabilityOutput Succeeded(ReadOnlyMemory<byte> json) => new(true, json, null);

    /// <summary>Success, with a JSON value as output.</summary>
    public static CapabilityOutput Succeeded(string json) => new(true, Encoding.UTF8.GetBytes(json), null);

    /// <summary>Failure.</summary>
    public static CapabilityOutput Failed(string error) => new(false, default, error);
}
