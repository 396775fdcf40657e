using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Urls;

namespace Palyra.Adapters.Egress.Upstream;

/// <summary>What a kept connection may be used for again: the same policy, scheme, host, port and address, never less.</summary>
internal readonly record struct OriginKey(EgressPolicy Policy, EgressScheme Scheme, string Host, int Port, InternetAddress Address);
