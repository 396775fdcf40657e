namespace Palyra.Domain.Pairing;

/// <summary>Where a pairing request stands. The zero value is no state; nothing is ever approved from it.</summary>
public enum PairingRequestState
{
    /// <summary>No state.</summary>
    Unspecified = 0,

    /// <summary>The device proved its code; a person has to decide.</summary>
    PendingApproval,

    /// <summary>A person approved; the device may collect its certificate.</summary>
    Approved,

    /// <summary>A person rejected. Final.</summary>
    Rejected,

    /// <summary>Nobody decided, or the device did not collect, in time. Final.</summary>
    Expired,

    /// <summary>The certificate is issued. Final.</summary>
    Completed,
}
