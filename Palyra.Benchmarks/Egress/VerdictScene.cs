using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;

namespace Palyra.Benchmarks.Egress;

/// <summary>A compiled policy of so many entries and requests that it allows.</summary>
internal sealed class VerdictScene
{
    private static readonly InternetAddress[] Answer = [InternetAddress.Parse("93.184.216.34"), InternetAddress.Parse("2606:4700:4700::1111")];

    private readonly EgressPolicy _policy;
    private readonly EgressRequest _literal = new() { Method = "GET", Url = "https://93.184.216.34/v1/items?page=2" };
    private readonly EgressRequest _name = new() { Method = "POST", Url = "https://api.region-1.example.com/v1/items?page=2" };
    private readonly EgressRequest _withCredential;

    /// <summary>Half of the entries are hosts and half suffixes; the ones that match are the last of each.</summary>
    internal VerdictScene(int entries)
    {
        string[] hosts = [.. Enumerable.Range(0, entries / 2).Select(i => $"host-{i}.example.org"), "93.184.216.34"];
        string[] suffixes = [.. Enumerable.Range(0, (entries - 1) / 2).Select(i => $"zone-{i}.example.net"), "region-1.example.com"];
        _policy = EgressPolicy.Compile(new EgressPolicyOptions { AllowedHosts = hosts, AllowedDnsSuffixes = suffixes });
        _withCredential = _name with
        {
            CredentialBindings = [new CredentialBinding("authorization", SecretReference.Vault("tools/api"), true, ["https://api.region-1.example.com"])],
        };
    }

    internal EgressVerdict JudgeLiteral() => Judge(_literal, default);

    internal EgressVerdict JudgeName() => Judge(_name, Answer);

    internal EgressVerdict JudgeNameWithCredential() => Judge(_withCredential, Answer);

    private EgressVerdict Judge(EgressRequest request, ReadOnlySpan<InternetAddress> answer)
    {
        var verdict = EgressDecider.Judge(_policy, request, answer);
        return verdict.Allowed ? verdict : throw new InvalidOperationException(verdict.ToString());
    }
}
