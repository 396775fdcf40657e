using System.Collections.Immutable;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Urls;

namespace Palyra.Domain.Egress;

/// <summary>
/// The verdict, in two pure steps around name resolution: <see cref="JudgeTarget"/> makes every check that needs no DNS, and only a target
/// that passed is resolved; <see cref="JudgeAddresses"/> judges the answer.
/// </summary>
public static class EgressDecider
{
    /// <summary>The most addresses of one answer; more count as a failed resolution.</summary>
    public const int MaxAddresses = 256;

    /// <summary>Makes the checks from response budget to credentials, and the isolation checks of literals and platform names.</summary>
    public static EgressJudgement JudgeTarget(EgressPolicy policy, EgressRequest request)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(request);
        var budget = Math.Min(request.MaxResponseBytes ?? policy.MaxResponseBytes, policy.MaxResponseBytes);
        if (budget <= 0)
        {
            return Denied(new EgressDenial.InvalidResponseBudget(), policy, request, default, isUrlRead: false, budget);
        }

        var malformed = EgressUrl.Read(request.Url, out var url);
        if (malformed is not null)
        {
            return Denied(malformed, policy, request, default, isUrlRead: false, budget);
        }

        var denial = JudgeComponents(policy, request, url) ?? JudgeIsolation(policy, url);
        return denial is null
            ? new EgressJudgement(new EgressTarget(policy, request, url, budget))
            : Denied(denial, policy, request, url, isUrlRead: true, budget);
    }

    /// <summary>
    /// Judges what the name resolved to. All of the addresses have to be ones that the policy lets a request reach; those are then the ones to
    /// connect to. A literal needs no resolution: it is dialled itself, and addresses given beside it are judged but never dialled.
    /// </summary>
    public static EgressVerdict JudgeAddresses(EgressTarget target, ReadOnlySpan<InternetAddress> resolved)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (resolved.Length > MaxAddresses)
        {
            return JudgeResolutionFailure(target, $"The answer holds more than {MaxAddresses} addresses.");
        }

        if (resolved.IsEmpty && target.Literal.IsEmpty)
        {
            return EgressVerdict.Deny(target, new EgressDenial.DnsEmpty());
        }

        foreach (var address in resolved)
        {
            var classification = AddressTable.Classify(address);
            if (!classification.Permits(target.Policy.AllowPrivateTargets))
            {
                return EgressVerdict.Deny(target, new EgressDenial.PrivateTarget(classification));
            }
        }

        return EgressVerdict.Allow(target, target.Literal.IsEmpty ? WithoutRepetition(resolved) : [target.Literal]);
    }

    /// <summary>The verdict when resolution failed or was too slow. The problem is one sentence for a person.</summary>
    public static EgressVerdict JudgeResolutionFailure(EgressTarget target, string problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return EgressVerdict.Deny(target, new EgressDenial.DnsFailed(problem));
    }

    /// <summary>Both steps at once, for an answer that is already there.</summary>
    public static EgressVerdict Judge(EgressPolicy policy, EgressRequest request, ReadOnlySpan<InternetAddress> resolved) =>
        JudgeTarget(policy, request).TryGetTarget(out var target, out var denial) ? JudgeAddresses(target, resolved) : denial;

    private static EgressDenial? JudgeComponents(EgressPolicy policy, EgressRequest request, in EgressUrl url)
    {
        if (!policy.AllowsPort(url.Port))
        {
            return new EgressDenial.PortNotAllowed(url.Port);
        }

        if (request.IsTunnel ? !policy.AllowTunnels : !policy.AllowsMethod(request.Method))
        {
            return new EgressDenial.MethodNotAllowed();
        }

        if (url.Host.Form == HostForm.NonCanonicalIp)
        {
            return new EgressDenial.NonCanonicalIp(url.Host.Text);
        }

        if (!policy.AllowsHost(url.Host.Text, url.Host.Literal))
        {
            return new EgressDenial.HostNotAllowlisted(url.Host.Text);
        }

        if (request.IsTunnel && request.CredentialBindings.Count > 0)
        {
            return new EgressDenial.TunnelCredentials();
        }

        return CredentialRules.Judge(request.CredentialBindings, url);
    }

    private static EgressDenial.PrivateTarget? JudgeIsolation(EgressPolicy policy, in EgressUrl url)
    {
        if (PlatformNames.All.Contains(url.Host.Text))
        {
            return new EgressDenial.PrivateTarget(url.Host.Text);
        }

        if (url.Host.Literal.IsEmpty)
        {
            return null;
        }

        var classification = AddressTable.Classify(url.Host.Literal);
        return classification.Permits(policy.AllowPrivateTargets) ? null : new EgressDenial.PrivateTarget(classification);
    }

    private static EgressJudgement Denied(
        EgressDenial denial, EgressPolicy policy, EgressRequest request, in EgressUrl url, bool isUrlRead, long budget) =>
        new(EgressVerdict.Deny(
            denial,
            url.Host.Text,
            url.Port,
            EgressFingerprint.Of(policy, request, url, isUrlRead, budget)));

    private static ImmutableArray<InternetAddress> WithoutRepetition(ReadOnlySpan<InternetAddress> addresses)
    {
        var kept = ImmutableArray.CreateBuilder<InternetAddress>(addresses.Length);
        foreach (var address in addresses)
        {
            if (!kept.Contains(address))
            {
                kept.Add(address);
            }
        }

        return kept.DrainToImmutable();
    }
}
