using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>Who this node is: its device id, its lasting signing key, and the certificate it was issued with the key that holds it.</summary>
/// <remarks>Private keys are kept as PKCS#8 and leave this type only into the secret store; <see cref="ToString"/> and the debugger show none.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
internal sealed record NodeIdentity
{
    public required DeviceId DeviceId { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public required byte[] SigningKey { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public byte[]? CertificateKey { get; init; }

    public string? CertificatePem { get; init; }

    public string? GatewayCaPem { get; init; }

    /// <summary>The pairing that waits for approval, and the key its certificate will be for.</summary>
    public PairingSessionId? PendingSession { get; init; }

    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public byte[]? PendingKey { get; init; }

    public string? PendingCheckCode { get; init; }

    public bool IsPaired => CertificatePem is not null && CertificateKey is not null;

    internal static NodeIdentity New(DeviceId device)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new NodeIdentity { DeviceId = device, SigningKey = key.ExportPkcs8PrivateKey() };
    }

    internal static ECDsa Import(byte[] pkcs8)
    {
        var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        return key;
    }

    /// <summary>The certificate with its private key, for TLS.</summary>
    internal X509Certificate2 ClientCertificate()
    {
        using var key = Import(CertificateKey!);
        using var certificate = X509Certificate2.CreateFromPem(CertificatePem);
        var withKey = certificate.CopyWithPrivateKey(key);
        if (!OperatingSystem.IsWindows())
        {
            return withKey;
        }

        // SChannel cannot use a key that lives in memory only.
        using var inMemory = withKey;
        return X509CertificateLoader.LoadPkcs12(inMemory.Export(X509ContentType.Pkcs12), null);
    }

    public override string ToString() => $"node {DeviceId} ({(IsPaired ? "paired" : "not paired")})";
}
