namespace Palyra.Domain.Egress.Addresses;

/// <summary>How far a policy may let a request go. Ordered: of two judgements the smaller one holds.</summary>
public enum AddressReach
{
    /// <summary>Blocked whatever the policy says: platform endpoints, unspecified, multicast, broadcast. Also the zero value.</summary>
    Never = 0,

    /// <summary>Not globally reachable: only for a policy that allows private targets.</summary>
    Private = 1,

    /// <summary>Globally reachable.</summary>
    Global = 2,
}
