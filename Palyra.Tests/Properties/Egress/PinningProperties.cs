using System.Collections.Concurrent;
using System.Net;
using FsCheck.Xunit;
using Palyra.Adapters.Egress.Upstream;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Addresses;
using Palyra.Domain.Egress.Names;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Tests.Builders;

namespace Palyra.Tests.Properties.Egress;

/// <summary>What is judged is what is dialled, over a resolver that changes its answer at every question.</summary>
public sealed class PinningProperties
{
    private static readonly string[] Addresses =
    [
        "93.184.216.34", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "fe80::1", "fd00:ec2::254", "100.64.0.1", "224.0.0.1", "0.0.0.0", "2001:db8::1", "192.0.0.192",
    ];

    private static readonly string[] Hosts = ["api.example.com", "example.com", "metadata.google.internal", "1.1.1.1", "127.0.0.1", "0x7f000001", "[::1]", "evil.example"];

    [Property(MaxTest = 500)]
    public void What_is_dialled_is_in_the_verdict_and_globally_reachable(byte host, byte[] answers, bool anyHost, bool https, bool tunnel)
    {
        using var world = new LeasedEgress();
        var policy = EgressPolicy.Compile(new EgressPolicyOptions { AllowAnyHost = anyHost, AllowedDnsSuffixes = ["example.com"] });
        var session = world.Open(policy: policy).Session;
        var asked = 0;
        var names = new FakeNames { Answer = (_, question) => Answer(answers ?? [], asked = question) };
        var text = Hosts[host % Hosts.Length];
        var request = tunnel
            ? EgressRequest.Tunnel($"{text}:443")
            : new EgressRequest { Method = "GET", Url = $"http{(https ? "s" : "")}://{text}/" };

        var verdict = Wait(new SessionJudge(world.Egress, names).DecideAsync(session, request, default));

        Assert.InRange(asked, 0, 1);
        Assert.Equal(verdict.Allowed, !verdict.Addresses.IsEmpty);
        Assert.All(verdict.Addresses, address => Assert.True(AddressTable.Classify(address).Permits(allowPrivateTargets: false)));
        if (verdict.Allowed)
        {
            Assert.Equal(Dial(verdict), verdict.Addresses.Select(address => new IPEndPoint(address.ToIPAddress(), https || tunnel ? 443 : 80)));
            Assert.InRange(asked, 0, 1);
        }
    }

    /// <summary>Every address that dialling the verdict tries, none of which is really connected to: the dial is over before it begins.</summary>
    private static IEnumerable<IPEndPoint> Dial(EgressVerdict verdict)
    {
        var dialled = new ConcurrentQueue<IPEndPoint>();
        var dialler = new OriginDialler(TimeSpan.FromSeconds(1), [])
        {
            Dialling = endPoint =>
            {
                dialled.Enqueue(endPoint);
                throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.ConnectionRefused);
            },
        };
        Assert.Null(Wait(dialler.DialAsync(verdict, default)).Connection);
        return dialled;
    }

    private static NameAnswer Answer(byte[] answers, int question) => answers.Length == 0
        ? default
        : NameAnswer.Of([.. answers.Take(1 + (answers[0] % 3)).Select(choice => InternetAddress.Parse(Addresses[(choice + question) % Addresses.Length]))]);

    private static T Wait<T>(ValueTask<T> pending)
    {
        Assert.True(pending.IsCompleted);
        return pending.GetAwaiter().GetResult();
    }
}
