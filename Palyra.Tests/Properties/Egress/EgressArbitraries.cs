using FsCheck;
using FsCheck.Fluent;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Properties.Egress;

/// <summary>Requests, policies and answers that meet often enough for both outcomes to be common.</summary>
public static class EgressArbitraries
{
    private static readonly string[] Names = ["example.com", "api.example.com", "a.api.example.com", "evilexample.com", "example.org", "com", "x_y.example.com"];
    private static readonly string[] Literals = ["93.184.216.34", "10.0.0.1", "[2606:4700::1111]", "[::1]", "[64:ff9b::808:808]"];
    private static readonly string[] Methods = ["GET", "GET", "GET", "POST", "TRACE"];
    private static readonly string[] Schemes = ["https", "https", "http", "ftp"];
    private static readonly string[] Ports = ["", "", "", ":443", ":8443"];
    private static readonly string[] Headers = ["authorization", "x-key", "cookie"];

    private static readonly Gen<InternetAddress> Address = Gen.OneOf(
        Gen.Constant(Public),
        Gen.Constant(PublicV6),
        ArbMap.Default.GeneratorFor<uint>().Select(InternetAddress.FromV4),
        from block in Gen.Elements<AddressBlock>([.. AddressTable.V4, .. AddressTable.V6]) from last in Gen.Elements(true, false) select last ? block.Last : block.Prefix);

    public static Arbitrary<InternetAddress> Addresses() => Address.ToArbitrary();

    public static Arbitrary<EgressProperties.Asked> AskedRequests() => (
        from policy in Policies()
        from request in Requests()
        from count in Gen.Choose(0, 3)
        from answer in Gen.Frequency((3, Gen.Constant(Public).ArrayOf(1)), (2, Address.ArrayOf(count)))
        select new EgressProperties.Asked(policy, request, answer)).ToArbitrary();

    private static Gen<EgressPolicyOptions> Policies() =>
        from hosts in Gen.SubListOf(Names)
        from suffixes in Gen.SubListOf(Names)
        from any in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from isPrivate in Gen.Elements(true, false)
        from ports in Gen.Elements<int[]?>(null, null, [443], [443, 8443])
        select new EgressPolicyOptions { AllowedHosts = [.. hosts], AllowedDnsSuffixes = [.. suffixes], AllowAnyHost = any, AllowPrivateTargets = isPrivate, AllowedPorts = ports };

    private static Gen<EgressRequest> Requests() =>
        from scheme in Gen.Elements(Schemes)
        from host in Gen.Elements([.. Names, .. Names, .. Literals])
        from port in Gen.Elements(Ports)
        from method in Gen.Elements(Methods)
        from headers in Gen.Frequency((3, Gen.Constant<IList<string>>([])), (1, Gen.SubListOf(Headers).Select(list => (IList<string>)list)))
        select new EgressRequest
        {
            Method = method,
            Url = $"{scheme}://{host}{port}/p",
            CredentialBindings = [.. headers.Select(header => new CredentialBinding(header, SecretReference.Vault("a/" + header), true, [$"https://{host}"]))],
        };
}
