using Palyra.Domain.Identity;
using Palyra.Domain.Ids;

namespace Palyra.Adapters.Grpc.Gate;

/// <summary>Who was let in.</summary>
/// <param name="Device">The device, as its certificate says; without TLS, as it says itself. The default for methods that need no certificate.</param>
/// <param name="Certificate">The certificate's fingerprint; the default without one.</param>
internal readonly record struct Caller(DeviceId Device, CertificateFingerprint Certificate);
