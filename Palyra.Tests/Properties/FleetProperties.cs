using FsCheck;
using FsCheck.Xunit;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Time;
using Palyra.Tests.Builders;
using Palyra.Tests.Model;

namespace Palyra.Tests.Properties;

/// <summary>The laws of the fleet on generated histories and values.</summary>
public class FleetProperties
{
    private static readonly CompiledFleetPolicy Policy = CompiledFleetPolicy.Compile(Workers.Policy);

    [Property(MaxTest = 60)]
    public bool No_history_launders_a_fail_closed_worker(int seed, PositiveInt length) => Every(seed, length, (before, act, after) =>
        before.Workers.Where(worker => worker.State.IsFailClosed()).All(was =>
            after.Find(was.WorkerId) is not { } now || now.State.IsFailClosed()
            || (act is FleetAct.Reattest reattest && reattest.Attestation.IssuedAt > was.FailedClosedAt)));

    [Property(MaxTest = 60)]
    public bool A_worker_has_a_lease_if_and_only_if_its_state_says_so(int seed, PositiveInt length) => Every(seed, length, (_, _, after) =>
        after.Workers.All(worker => worker.State switch
        {
            WorkerState.Leased or WorkerState.Busy => worker.Lease is not null,
            WorkerState.Draining => true,
            _ => worker.Lease is null,
        }));

    [Property(MaxTest = 60)]
    public bool Drain_sticks_until_resumed_or_failed_closed(int seed, PositiveInt length) => Every(seed, length, (before, act, after) =>
        before.Workers.Where(worker => worker.IsDrained).All(was =>
            after.Find(was.WorkerId) is not { } now || now.IsDrained || now.State.IsFailClosed() || act is FleetAct.Resume));

    [Property(MaxTest = 60)]
    public bool Fencing_tokens_strictly_rise_with_new_leases(int seed, PositiveInt length) => Every(seed, length, (before, _, after) =>
        after.Workers.Where(now => now.Lease is { } lease && before.Find(now.WorkerId)?.Lease?.LeaseId != lease.LeaseId)
            .All(now => now.Lease!.FencingToken > before.Token));

    [Property(MaxTest = 60)]
    public bool Time_only_moves_forward_for_a_worker(int seed, PositiveInt length) => Every(seed, length, (before, _, after) =>
        before.Workers.All(was => after.Find(was.WorkerId) is not { } now || now.LastActAt >= was.LastActAt));

    [Property]
    public bool A_payload_survives_its_json(string authority, NonNull<string[]> capabilities, long issued, long expires, uint sdk, bool egress)
    {
        var attestation = Workers.Claims() with
        {
            CapabilityAuthority = Clean(authority),
            SupportedCapabilities = [.. capabilities.Get.Select(capability => Clean(capability) ?? "")],
            IssuedAt = new UnixTime(issued),
            ExpiresAt = new UnixTime(expires),
            SdkProtocolVersion = sdk,
            EgressProxyAttested = egress,
        };
        var read = AttestationPayload.Parse(new AttestationPayload(attestation, null).ToJson()).Value.Attestation;
        return read.SupportedCapabilities.SequenceEqual(attestation.SupportedCapabilities)
            && (read.CapabilityAuthority, read.IssuedAt, read.ExpiresAt, read.SdkProtocolVersion, read.EgressProxyAttested)
                == (attestation.CapabilityAuthority, attestation.IssuedAt, attestation.ExpiresAt, sdk, egress);
    }

    [Property]
    public bool Order_and_duplicates_of_required_capabilities_do_not_matter(bool[] picks, int seed)
    {
        var required = picks.Select(pick => pick ? Workers.Echo : Workers.Sleep).ToArray();
        var shuffled = required.Concat(required).OrderBy(_ => new Random(seed).Next()).Select(capability => capability.ToUpperInvariant()).ToArray();
        return new[] { Workers.Claims(), Workers.Claims("w-1", Workers.Echo, Workers.Sleep) }
            .All(worker => Policy.Covers(worker, required) == Policy.Covers(worker, shuffled));
    }

    [Property]
    public bool A_longer_list_of_requirements_never_turns_a_refusal_into_a_grant(string[] required, string more) =>
        Policy.Covers(Workers.Claims(), [.. required.Where(text => text is not null)])
        || !Policy.Covers(Workers.Claims(), [.. required.Where(text => text is not null), more ?? ""]);

    private static bool Every(int seed, PositiveInt length, Func<NaiveFleet, FleetAct, NaiveFleet, bool> holds)
    {
        var histories = new Histories(new Random(seed), 3);
        var fleet = new NaiveFleet(Policy);
        for (var i = 0; i < length.Get * 10; i++)
        {
            var act = histories.Next();
            var after = fleet.Do(act).After;
            if (!holds(fleet, act, after))
            {
                return false;
            }

            fleet = after;
            histories.Learn(fleet.Workers);
        }

        return true;
    }

    // JSON carries Unicode; half a surrogate pair is none.
    private static string? Clean(string? text) => text is null ? null : new string([.. text.Where(character => !char.IsSurrogate(character))]);
}
