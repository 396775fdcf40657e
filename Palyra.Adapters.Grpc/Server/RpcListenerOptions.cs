using System.Net;
using System.Net.Security;
using Palyra.Adapters.Grpc.Nodes;

namespace Palyra.Adapters.Grpc.Server;

/// <summary>Where and how a listener speaks; what it serves comes with the start.</summary>
internal sealed record RpcListenerOptions
{
    internal required IPEndPoint EndPoint { get; init; }

    /// <summary>Gives the certificate for the next connection; absent means no TLS.</summary>
    internal Func<SslStreamCertificateContext>? ServerCertificate { get; init; }

    internal int MaxReceiveMessageBytes { get; init; } = 4 * 1024 * 1024;

    internal int MaxSendMessageBytes { get; init; } = EventMessage.MaxBytes;

    internal int MaxConnections { get; init; } = 16_384;

    internal int MaxStreamsPerConnection { get; init; } = 2_048;

    internal TimeSpan KeepAliveDelay { get; init; } = TimeSpan.FromSeconds(10);

    internal TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
