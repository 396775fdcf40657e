using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using Palyra.Domain.Egress.Credentials;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;

namespace Palyra.Tests.Builders;

/// <summary>A fleet with leased workers and their egress, on a clock that moves when it is told to or on the real one.</summary>
internal sealed class LeasedEgress : IDisposable
{
    private int _leases;

    internal LeasedEgress(TimeProvider? clock = null)
    {
        Clock = clock ?? new FakeTimeProvider(Workers.Start.ToDateTimeOffset());
        Fleet = new WorkerFleet(Workers.Policy with { AllowUnsignedAttestations = true });
        Egress = new LeaseEgress(Fleet, Clock);
    }

    internal TimeProvider Clock { get; }

    internal FakeTimeProvider FakeClock => (FakeTimeProvider)Clock;

    internal WorkerFleet Fleet { get; }

    internal LeaseEgress Egress { get; }

    internal UnixTime Now => UnixTime.Now(Clock);

    internal static EgressPolicy Anything { get; } = EgressPolicy.Compile(new EgressPolicyOptions { AllowAnyHost = true });

    /// <summary>A tool that may reach anything and brings no credentials, unless told otherwise.</summary>
    internal static ToolEgress Tool(EgressPolicy? policy = null, IReadOnlyList<CredentialBinding>? bindings = null) =>
        new(new EgressTerms(policy ?? Anything, [.. bindings ?? []]));

    /// <summary>A registered worker with a lease, and its egress open.</summary>
    internal (WorkerLease Lease, EgressSession Session, string Token) Open(
        string worker = "w-1", EgressPolicy? policy = null, IReadOnlyList<CredentialBinding>? bindings = null, ulong ttlMs = 60_000)
    {
        var lease = Lease(worker, ttlMs);
        var token = RandomNumberGenerator.GetBytes(EgressToken.Bytes);
        var session = Egress.Open(lease, Tool(policy, bindings), token, Now).Value;
        return (lease, session, EgressToken.ToText(token));
    }

    /// <summary>A registered worker with a lease.</summary>
    internal WorkerLease Lease(string worker = "w-1", ulong ttlMs = 60_000)
    {
        var now = Now;
        Assert.True(Fleet.Register(
            Workers.Attestation(worker) with { IssuedAt = now.AddMilliseconds(-1000), ExpiresAt = now.AddMilliseconds(10_000_000) }, now).IsOk);
        var number = Interlocked.Increment(ref _leases);
        var request = Workers.Request($"run-{number}", ttlMs);
        request = request with { Grant = request.Grant with { ExpiresAt = now.AddMilliseconds(9_000_000) } };
        return Fleet.Assign(Workers.Id(worker), request, Workers.Lease(number), now).Value;
    }

    public void Dispose() => Egress.Dispose();
}
