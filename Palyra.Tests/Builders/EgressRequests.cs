using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;

namespace Palyra.Tests.Builders;

/// <summary>A policy and a request that pass every check; a test changes what it is about.</summary>
internal static class EgressRequests
{
    internal const string ApiHost = "api.example.com";
    internal const string ApiUrl = "https://api.example.com/v1/items?page=2";

    internal static readonly InternetAddress Public = InternetAddress.Parse("93.184.216.34");
    internal static readonly InternetAddress PublicV6 = InternetAddress.Parse("2606:4700:4700::1111");

    internal static readonly EgressPolicyOptions Options = new() { AllowedHosts = [ApiHost] };

    internal static EgressPolicy Policy(Func<EgressPolicyOptions, EgressPolicyOptions>? change = null) =>
        EgressPolicy.Compile(change is null ? Options : change(Options));

    internal static EgressPolicy AnyHost => Policy(options => options with { AllowAnyHost = true });

    internal static EgressRequest Request(string url = ApiUrl, string method = "GET") => new() { Method = method, Url = url };

    internal static CredentialBinding Binding(
        string header = "authorization", string path = "tools/api", SecretKind kind = SecretKind.Vault, bool required = true, params string[] origins) =>
        new(header, new SecretReference(kind, path), required, origins.Length == 0 ? ["https://" + ApiHost] : origins);

    internal static InternetAddress[] Addresses(params string[] texts) => [.. texts.Select(text => InternetAddress.Parse(text))];
}
