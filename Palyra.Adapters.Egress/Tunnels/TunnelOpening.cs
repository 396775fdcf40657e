namespace Palyra.Adapters.Egress.Tunnels;

/// <summary>Whether the first bytes of a tunnel let it go on.</summary>
internal enum TunnelVerdict
{
    /// <summary>The tunnel is cut.</summary>
    Cut,

    /// <summary>More bytes are needed.</summary>
    Wait,

    /// <summary>The tunnel may carry what it was judged for.</summary>
    Open,
}

/// <summary>The rule against domain fronting: a tunnel carries TLS to the host that was judged, and nothing else.</summary>
internal static class TunnelOpening
{
    /// <summary>
    /// Judges the first bytes of a tunnel: a TLS ClientHello whose server name is the judged host, or, for a judged address, one without a
    /// server name (RFC 6066 allows no address there).
    /// </summary>
    internal static TunnelVerdict Judge(ClientHello hello, string judgedHost, bool isAddress) => hello.Kind switch
    {
        HelloKind.NeedMore => TunnelVerdict.Wait,
        HelloKind.Complete => Names(hello.ServerName, judgedHost, isAddress) ? TunnelVerdict.Open : TunnelVerdict.Cut,
        _ => TunnelVerdict.Cut,
    };

    private static bool Names(string? serverName, string judgedHost, bool isAddress) => serverName is null
        ? isAddress
        : string.Equals(serverName, judgedHost, StringComparison.OrdinalIgnoreCase);
}
