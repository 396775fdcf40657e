namespace Palyra.Adapters.Grpc.Gate;

/// <summary>What a method asks of its caller. The zero value is the stricter one, so that a method nobody thought of is closed.</summary>
internal enum CertificateDemand
{
    /// <summary>A certificate of this gateway, valid and unrevoked now, bound to the device that the message names.</summary>
    BoundToDevice = 0,

    /// <summary>None: the caller may have no identity yet.</summary>
    None,
}
