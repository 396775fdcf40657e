namespace Palyra.Adapters.Grpc.Server;

/// <summary>Where a worker finds the egress proxy.</summary>
/// <param name="Authority"><c>host:port</c>.</param>
/// <param name="CaCertificatePem">The authority that the proxy's certificate chains to, in PEM; <see langword="null"/> when the proxy listens without TLS.</param>
public sealed record EgressProxyAddress(string Authority, string? CaCertificatePem);
