namespace Palyra.Domain.Pairing;

/// <summary>A person's decision on a pairing request.</summary>
/// <param name="By">Who decided, 1 to 256 characters.</param>
/// <param name="Reason">Why, at most 1 024 characters; <see langword="null"/> when not said.</param>
/// <param name="ScopeTtlMs">How long the approval lasts, in milliseconds, more than zero: then the pairing is over and the device has to pair again; <see langword="null"/> for no limit.</param>
public sealed record PairingDecision(string By, string? Reason = null, long? ScopeTtlMs = null)
{
    /// <summary>The longest name of who decided.</summary>
    public const int MaxByLength = 256;

    /// <summary>The longest reason.</summary>
    public const int MaxReasonLength = 1024;
}
