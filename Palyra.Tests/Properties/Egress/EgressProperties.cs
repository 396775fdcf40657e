using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Properties.Egress;

[Properties(Arbitrary = [typeof(EgressArbitraries)], MaxTest = 300)]
public class EgressProperties
{
    [Property]
    public bool Without_an_allowlist_nothing_is_allowed(Asked asked) =>
        !EgressDecider.Judge(EgressPolicy.Compile(asked.Policy with { AllowAnyHost = false, AllowedHosts = [], AllowedDnsSuffixes = [] }), asked.Request, asked.Answer).Allowed;

    [Property]
    public bool An_allowed_verdict_dials_only_what_was_judged_and_is_globally_reachable(Asked asked)
    {
        var verdict = EgressDecider.Judge(EgressPolicy.Compile(asked.Policy with { AllowPrivateTargets = false }), asked.Request, asked.Answer);
        return !verdict.Allowed
            || (!verdict.Addresses.IsEmpty && verdict.Addresses.All(address =>
                AddressTable.Classify(address).IsGloballyReachable && (asked.Answer.Contains(address) || address == verdict.Target.Literal)));
    }

    [Property]
    public bool Platform_endpoints_stay_blocked_when_private_targets_are_allowed(Asked asked)
    {
        var verdict = EgressDecider.Judge(EgressPolicy.Compile(asked.Policy with { AllowPrivateTargets = true }), asked.Request, asked.Answer);
        return !verdict.Allowed || verdict.Addresses.All(address => AddressTable.Classify(address).Reach > AddressReach.Never);
    }

    [Property]
    public bool Taking_an_entry_away_or_adding_an_address_never_grants(Asked asked, InternetAddress another)
    {
        var before = EgressDecider.Judge(EgressPolicy.Compile(asked.Policy), asked.Request, asked.Answer);
        EgressPolicyOptions[] stricter =
        [
            asked.Policy with { AllowedHosts = [.. asked.Policy.AllowedHosts.Skip(1)] },
            asked.Policy with { AllowedDnsSuffixes = [.. asked.Policy.AllowedDnsSuffixes.Skip(1)] },
            asked.Policy with { AllowAnyHost = false },
            asked.Policy with { AllowPrivateTargets = false },
            asked.Policy with { AllowedPorts = [443] },
            asked.Policy with { AllowedMethods = ["GET"] },
            asked.Policy with { MaxResponseBytes = 0 },
        ];
        return before.Allowed
            || (stricter.All(policy => !EgressDecider.Judge(EgressPolicy.Compile(policy), asked.Request, asked.Answer).Allowed)
                && (asked.Answer.Length == 0 || !EgressDecider.Judge(EgressPolicy.Compile(asked.Policy), asked.Request, [.. asked.Answer, another]).Allowed));
    }

    [Property]
    public bool A_policy_within_another_allows_exactly_what_both_allow(Asked asked, Asked other)
    {
        var inner = EgressPolicy.Compile(asked.Policy);
        var outer = EgressPolicy.Compile(other.Policy);
        var both = EgressDecider.Judge(inner, asked.Request, asked.Answer).Allowed && EgressDecider.Judge(outer, asked.Request, asked.Answer).Allowed;
        return both == EgressDecider.Judge(inner.Within(outer), asked.Request, asked.Answer).Allowed
            && both == EgressDecider.Judge(outer.Within(inner), asked.Request, asked.Answer).Allowed
            && both == EgressDecider.Judge(outer.Within(inner).Within(outer), asked.Request, asked.Answer).Allowed;
    }

    [Property]
    public bool Order_and_repetition_change_neither_verdict_nor_fingerprint(Asked asked)
    {
        var turned = asked.Policy with
        {
            AllowedHosts = [.. asked.Policy.AllowedHosts.Reverse(), .. asked.Policy.AllowedHosts],
            AllowedDnsSuffixes = [.. asked.Policy.AllowedDnsSuffixes.Reverse(), .. asked.Policy.AllowedDnsSuffixes],
        };
        var turnedRequest = asked.Request with { CredentialBindings = [.. asked.Request.CredentialBindings.Reverse(), .. asked.Request.CredentialBindings] };
        var one = EgressDecider.Judge(EgressPolicy.Compile(asked.Policy), asked.Request, asked.Answer);
        var two = EgressDecider.Judge(EgressPolicy.Compile(turned), turnedRequest, [.. asked.Answer.Reverse(), .. asked.Answer]);
        return one.ReasonCode == two.ReasonCode && one.RequestFingerprint == two.RequestFingerprint && one.Addresses.ToHashSet().SetEquals(two.Addresses);
    }

    [Property]
    public bool Requests_that_differ_have_different_fingerprints(Asked asked, Asked other)
    {
        var one = EgressDecider.Judge(EgressPolicy.Compile(asked.Policy), asked.Request, []);
        EgressRequest[] changed =
        [
            asked.Request with { Method = asked.Request.Method + "X" },
            asked.Request with { Url = asked.Request.Url + "x" },
            asked.Request with { MaxResponseBytes = 77 },
            asked.Request with { CredentialBindings = [.. asked.Request.CredentialBindings, Binding("x-other", "a/" + other.Request.Method)] },
        ];
        EgressPolicyOptions[] policies =
        [
            asked.Policy with { AllowPrivateTargets = !asked.Policy.AllowPrivateTargets },
            asked.Policy with { AllowedHosts = [.. asked.Policy.AllowedHosts, "new.example"] },
            asked.Policy with { AllowedDnsSuffixes = [.. asked.Policy.AllowedDnsSuffixes, "new.example"] },
        ];
        return changed.All(request => EgressDecider.Judge(EgressPolicy.Compile(asked.Policy), request, []).RequestFingerprint != one.RequestFingerprint)
            && policies.All(policy => EgressDecider.Judge(EgressPolicy.Compile(policy), asked.Request, []).RequestFingerprint != one.RequestFingerprint);
    }

    [Property]
    public bool Suffixes_match_as_a_naive_reading_says(Asked asked)
    {
        var policy = EgressPolicy.Compile(new EgressPolicyOptions { AllowedHosts = asked.Policy.AllowedHosts, AllowedDnsSuffixes = asked.Policy.AllowedDnsSuffixes });
        if (!EgressDecider.JudgeTarget(EgressPolicy.Compile(new EgressPolicyOptions { AllowAnyHost = true }), new EgressRequest { Method = "GET", Url = asked.Request.Url })
            .TryGetTarget(out var target, out _))
        {
            return true;
        }

        var naive = asked.Policy.AllowedHosts.Contains(target.Host)
            || (target.Literal.IsEmpty && asked.Policy.AllowedDnsSuffixes.Any(suffix => target.Host == suffix || target.Host.EndsWith("." + suffix, StringComparison.Ordinal)));
        return naive == EgressDecider.JudgeTarget(policy, new EgressRequest { Method = "GET", Url = asked.Request.Url }).TryGetTarget(out _, out _);
    }

    /// <summary>A policy, a request and an answer of DNS.</summary>
    public sealed record Asked(EgressPolicyOptions Policy, EgressRequest Request, InternetAddress[] Answer)
    {
        public override string ToString() =>
            $"{Request.Method} {Request.Url} hosts [{string.Join(' ', Policy.AllowedHosts)}] suffixes [{string.Join(' ', Policy.AllowedDnsSuffixes)}] any {Policy.AllowAnyHost} answer [{string.Join(' ', Answer)}]";
    }
}
