using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Palyra.Adapters.Grpc.Client;
using Palyra.Domain.Pairing;
using Palyra.Tests.Adapters.Grpc.Gate;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Issues;

/// <summary>A certificate may say where its authority is to be fetched. Whoever goes there lets a stranger choose what it connects to.</summary>
public sealed class CertificateOfAStrangerTests
{
    [Fact]
    public async Task Gateway_CertificateNamesAnAddress_IsNotFollowed()
    {
        using var stranger = new AddressedCertificate();
        await using var host = await GateHost.StartAsync();
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, host.EndPoint.Port);
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ClientCertificateContext = SslStreamCertificateContext.Create(stranger.Certificate, null, offline: true),
            CertificateChainPolicy = host.Gateway.NewHandler(null).SslOptions.CertificateChainPolicy,
        });
        await tls.WriteAsync(Http2Frames.Preface);
        // The gateway speaks once it has shaken hands, and so has looked at the certificate.
        Assert.Equal(1, await tls.ReadAtLeastAsync(new byte[1], 1).AsTask().WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.False(stranger.WasFollowed);
    }

    [Fact]
    public async Task Node_CertificateNamesAnAddress_IsNotFollowed()
    {
        using var stranger = new AddressedCertificate();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, stranger);
        var client = new PalyraNodeClient(
            new PalyraNodeClientOptions { Gateway = new Uri($"https://{listener.LocalEndpoint}"), Trust = GatewayTrust.FromPin(new string('0', 64)) },
            new CapabilityHandlers(), new MemorySecretStore());
        var began = await client.BeginPairingAsync(PairingMethod.Pin, "000000");
        Assert.False(stranger.WasFollowed);
        Assert.Equal("node.gateway_untrusted", began.Refusal!.Code);
        await serving;
    }

    private static async Task ServeAsync(TcpListener listener, AddressedCertificate stranger)
    {
        using var socket = await listener.AcceptSocketAsync();
        await using var tls = new SslStream(new NetworkStream(socket));
        try
        {
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(stranger.Certificate, null, offline: true),
                ApplicationProtocols = [SslApplicationProtocol.Http2],
            });
            await tls.ReadExactlyAsync(new byte[1]);
        }
        catch (Exception refused) when (refused is AuthenticationException or IOException)
        {
            // The client has seen whom it speaks with.
        }
    }
}
