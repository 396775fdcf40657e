namespace Palyra.Domain.Pairing;

/// <summary>What can happen to a pairing request.</summary>
public enum PairingAct
{
    /// <summary>Nothing; the zero value.</summary>
    Unspecified = 0,

    /// <summary>A person approves.</summary>
    Approve,

    /// <summary>A person rejects.</summary>
    Reject,

    /// <summary>Its time has run out.</summary>
    Expire,

    /// <summary>The device collects its certificate.</summary>
    Complete,
}
