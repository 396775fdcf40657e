namespace Palyra.Domain.Audit;

/// <summary>How an audited act ended.</summary>
public enum AuditOutcome
{
    /// <summary>Refused; the zero value.</summary>
    Denied = 0,

    /// <summary>Let through and done.</summary>
    Allowed = 1,

    /// <summary>Let through and then failed or cut.</summary>
    Failed = 2,
}
