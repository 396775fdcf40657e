using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Unit.Domain.Egress;

/// <summary>The checks in their order: each one alone refuses with its code, and of any two that fail the earlier one decides.</summary>
public class CheckOrderTests
{
    private static readonly (string Code, Func<Draft, Draft> Break)[] Checks =
    [
        ("egress.denied.invalid_response_budget", draft => draft with { Budget = 0 }),
        ("egress.denied.invalid_url", draft => draft with { Path = "/%zz" }),
        ("egress.denied.unsupported_scheme", draft => draft with { Scheme = "ftp" }),
        ("egress.denied.url_credentials", draft => draft with { UserInfo = "user@" }),
        ("egress.denied.missing_host", draft => draft with { Host = "" }),
        ("egress.denied.port_not_allowed", draft => draft with { Port = ":8443" }),
        ("egress.denied.method_not_allowed", draft => draft with { Method = "TRACE" }),
        ("egress.denied.non_canonical_ip", draft => draft with { Host = "127.1" }),
        ("egress.denied.host_not_allowlisted", draft => draft with { Allowed = "other.example" }),
        ("egress.denied.invalid_credential_header", draft => draft.With(EgressRequests.Binding("host"))),
        ("egress.denied.credential_source", draft => draft.With(EgressRequests.Binding("x-a", kind: SecretKind.Env))),
        ("egress.denied.credential_secret_ref", draft => draft.With(EgressRequests.Binding("x-b", "nokey"))),
        ("egress.denied.credential_origin", draft => draft.With(EgressRequests.Binding("x-c", origins: "https://other.example"))),
        ("egress.denied.dns_empty", draft => draft with { Resolved = [] }),
        ("egress.denied.private_target", draft => draft with { Resolved = draft.Resolved.Length == 0 ? [] : ["93.184.216.34", "10.0.0.1"] }),
    ];

    public static TheoryData<int> Each => [.. Enumerable.Range(0, Checks.Length)];

    public static TheoryData<int, int> Pairs
    {
        get
        {
            var pairs = new TheoryData<int, int>();
            for (var earlier = 0; earlier < Checks.Length; earlier++)
            {
                for (var later = earlier + 1; later < Checks.Length; later++)
                {
                    pairs.Add(earlier, later);
                }
            }

            return pairs;
        }
    }

    [Fact]
    public void Judge_NothingBroken_Allows() => Assert.True(new Draft().Judge().Allowed);

    [Theory]
    [MemberData(nameof(Each))]
    public void Judge_OneCheckFails_RefusesWithItsCode(int check) => Assert.Equal(Checks[check].Code, Checks[check].Break(new Draft()).Judge().ReasonCode);

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Judge_TwoChecksFail_TheEarlierDecides(int earlier, int later)
    {
        // A malformed URL of another scheme is not read further, so its path is not looked at; the URL check is broken by what comes before the scheme.
        var draft = Checks[earlier].Code.EndsWith("invalid_url", StringComparison.Ordinal) && Checks[later].Code.EndsWith("unsupported_scheme", StringComparison.Ordinal)
            ? Checks[later].Break(new Draft()) with { Path = "/\\" }
            : Checks[later].Break(Checks[earlier].Break(new Draft()));
        // Two ways to break the host exclude each other: the later of the two stands in the draft.
        var expected = Checks[earlier].Code.EndsWith("missing_host", StringComparison.Ordinal) && Checks[later].Code.EndsWith("non_canonical_ip", StringComparison.Ordinal)
            ? Checks[later].Code
            : Checks[earlier].Code;
        Assert.Equal(expected, draft.Judge().ReasonCode);
    }

    [Fact]
    public void Judge_EveryCheckFails_NamesThemOneByOneAsTheyAreMended()
    {
        for (var mended = 0; mended < Checks.Length; mended++)
        {
            var draft = Checks.Skip(mended).Reverse().Aggregate(new Draft(), (broken, check) => check.Break(broken));
            if (Checks[mended].Code.EndsWith("invalid_url", StringComparison.Ordinal))
            {
                draft = draft with { Path = "/\\" };
            }

            Assert.Equal(Checks[mended].Code, draft.Judge().ReasonCode);
        }
    }

    [Fact]
    public void JudgeTarget_DeniedWithoutDns_NeverReachesResolution()
    {
        foreach (var (_, breakCheck) in Checks[..^2])
        {
            var draft = breakCheck(new Draft());
            Assert.False(EgressDecider.JudgeTarget(draft.Policy, draft.Request).TryGetTarget(out _, out _));
        }
    }

    [Fact]
    public void Denial_OfEveryCheck_NamesTheCheckInOrderAndARemedy()
    {
        var verdicts = Checks.Select(check => check.Break(new Draft()).Judge()).ToArray();
        Assert.Equal(verdicts.Select(verdict => verdict.Check).Order(), verdicts.Select(verdict => verdict.Check));
        Assert.All(verdicts, verdict => Assert.NotEmpty(verdict.Denial!.Remedy));
        Assert.All(verdicts, verdict => Assert.Equal(64, verdict.RequestFingerprint!.Length));
    }

    private sealed record Draft
    {
        internal long Budget { get; init; } = 1;

        internal string Scheme { get; init; } = "https";

        internal string UserInfo { get; init; } = "";

        internal string Host { get; init; } = EgressRequests.ApiHost;

        internal string Port { get; init; } = "";

        internal string Path { get; init; } = "/";

        internal string Method { get; init; } = "GET";

        internal string Allowed { get; init; } = EgressRequests.ApiHost;

        internal CredentialBinding[] Bindings { get; init; } = [];

        internal string[] Resolved { get; init; } = ["93.184.216.34"];

        internal EgressPolicy Policy => EgressPolicy.Compile(new EgressPolicyOptions { AllowedHosts = [Allowed] });

        internal EgressRequest Request => new()
        {
            Method = Method,
            Url = $"{Scheme}://{UserInfo}{Host}{Port}{Path}",
            MaxResponseBytes = Budget,
            CredentialBindings = Bindings,
        };

        internal Draft With(CredentialBinding binding) => this with { Bindings = [.. Bindings, binding] };

        internal EgressVerdict Judge() => EgressDecider.Judge(Policy, Request, EgressRequests.Addresses(Resolved));
    }
}
