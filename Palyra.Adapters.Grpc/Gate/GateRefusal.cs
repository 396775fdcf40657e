using Palyra.Domain.Results;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>Why the certificate gate stayed shut, where neither the certificate rules nor the registry say so.</summary>
internal abstract record GateRefusal : Refusal
{
    private GateRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary>The caller presented no certificate: code <c>gate.no_certificate</c>.</summary>
    internal sealed record NoCertificate() : GateRefusal("gate.no_certificate", "certificate", "This method needs a client certificate. Pair the device first.");

    /// <summary>The message names no device, or not by a canonical id: code <c>gate.invalid_device_id</c>.</summary>
    internal sealed record InvalidDeviceId() : GateRefusal("gate.invalid_device_id", "device_id", "The device id must be a canonical ULID.");

    /// <summary>The certificate is bound to another device: code <c>gate.device_mismatch</c>.</summary>
    internal sealed record DeviceMismatch() : GateRefusal("gate.device_mismatch", "device_id", "The certificate is bound to another device.");

    /// <summary>Without TLS the device is taken at its word, but it must be paired: code <c>gate.unknown_device</c>.</summary>
    internal sealed record UnknownDevice() : GateRefusal("gate.unknown_device", "device_id", "The device is not paired.");
}
