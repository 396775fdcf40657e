using Palyra.Domain.Results;

namespace Palyra.Adapters.Grpc.Certificates;

/// <summary>Why a certificate or a certificate request was refused.</summary>
public abstract record CertificateRefusal : Refusal
{
    private CertificateRefusal(string code, string detail) : base(code, "certificate", detail) { }

    /// <summary>The request is empty, over the limit, or no PKCS#10 in DER: code <c>certificate.request_malformed</c>.</summary>
    public sealed record RequestMalformed()
        : CertificateRefusal("certificate.request_malformed", $"Expected a PKCS#10 request in DER of at most {SigningRequest.MaxLength} bytes and nothing after it.");

    /// <summary>The request is for another key than ECDSA P-256: code <c>certificate.unsupported_key</c>.</summary>
    public sealed record UnsupportedKey() : CertificateRefusal("certificate.unsupported_key", "The key of the request must be ECDSA P-256, named by its curve.");

    /// <summary>The request is not signed by the key it is for: code <c>certificate.no_proof_of_possession</c>.</summary>
    public sealed record NoProofOfPossession()
        : CertificateRefusal("certificate.no_proof_of_possession", "The request is not signed by the key that would hold the certificate.");

    /// <summary>The certificate was not issued by this gateway's authority: code <c>certificate.untrusted</c>.</summary>
    public sealed record Untrusted() : CertificateRefusal("certificate.untrusted", "The certificate was not issued by this gateway.");

    /// <summary>The certificate's validity has not begun: code <c>certificate.not_yet_valid</c>.</summary>
    public sealed record NotYetValid() : CertificateRefusal("certificate.not_yet_valid", "The certificate is not valid yet: check the clocks.");

    /// <summary>The certificate's validity is over: code <c>certificate.expired</c>.</summary>
    public sealed record Expired() : CertificateRefusal("certificate.expired", "The certificate has expired.");

    /// <summary>The certificate is not for authenticating a client: code <c>certificate.wrong_usage</c>.</summary>
    public sealed record WrongUsage() : CertificateRefusal("certificate.wrong_usage", "The certificate is not meant for a client.");

    /// <summary>The certificate names no device: code <c>certificate.no_device</c>.</summary>
    public sealed record NoDevice() : CertificateRefusal("certificate.no_device", "The certificate does not name a device.");
}
