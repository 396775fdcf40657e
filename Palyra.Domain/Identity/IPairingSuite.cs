namespace Palyra.Domain.Identity;

/// <summary>The cryptography of one pairing protocol version. Version 2 is the platform's P-256; a suite for version 1 would be another implementation.</summary>
public interface IPairingSuite
{
    /// <summary>The protocol version the suite speaks.</summary>
    uint ProtocolVersion { get; }

    /// <summary>Makes the gateway's fresh agreement key for one session.</summary>
    IPairingAgreement NewAgreement();

    /// <summary>Whether a certificate request is well-formed, for a supported key, and signed by the key it is for. Never throws for bad input.</summary>
    bool ProvesPossession(ReadOnlySpan<byte> certificateRequest);

    /// <summary>Whether the key made the signature over the payload. Never throws for bad input.</summary>
    bool VerifySignature(ReadOnlySpan<byte> signingPublic, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature);
}
