namespace Palyra.Domain.Pairing;

/// <summary>How a code travels from the operator to the device. The zero value names no method and is refused everywhere.</summary>
public enum PairingMethod
{
    /// <summary>No method.</summary>
    Unspecified = 0,

    /// <summary>Six decimal digits, typed by a person.</summary>
    Pin,

    /// <summary>160 random bits, scanned.</summary>
    Qr,
}
