using Palyra.Domain.Audit;
using Palyra.Domain.Egress;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;
using static Palyra.Tests.Builders.EgressRequests;

namespace Palyra.Tests.Unit.Domain.Audit;

public class EgressAuditTests
{
    private static readonly EgressActor Who = new(WorkerId.Parse("w-1"), LeaseId.Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV"), RunId.Parse("run-1"));

    [Fact]
    public void Record_AllowedRequest_SaysWhoWhereAndHowMuchButNoQuery()
    {
        var verdict = EgressDecider.Judge(Policy(), Request("https://api.example.com/path?token=s3cret"), [Public, PublicV6]);
        var record = EgressAudit.Record(Who, "GET", verdict, new EgressTraffic(10, 20, 30), new UnixTime(5));
        Assert.Equal(
            ("egress.request", AuditOutcome.Allowed, "egress.allowed", "w-1", "run-1"),
            (record.Event, record.Outcome, record.ReasonCode, record.Actor, record.RunId.ToString()));
        Assert.Equal(
            [
                new("method", "GET"), new("host", ApiHost), new("port", "443"), new("addresses", "93.184.216.34 2606:4700:4700::1111"),
                new("request_fingerprint_sha256", verdict.RequestFingerprint!), new("bytes_up", "10"), new("bytes_down", "20"), new("duration_ms", "30"),
            ],
            record.Fields.ToArray());
        Assert.DoesNotContain(record.Fields, field => field.Value.Contains("s3cret", StringComparison.Ordinal) || field.Value.Contains("path", StringComparison.Ordinal));
    }

    [Fact]
    public void Record_DeniedCutAndTunnel_HaveTheirOutcomes()
    {
        var denied = EgressAudit.Record(Who, new string('M', 100), default, default, default);
        Assert.Equal((AuditOutcome.Denied, "egress.denied.undecided"), (denied.Outcome, denied.ReasonCode));
        Assert.Equal(32, denied.Fields[0].Value.Length);
        var verdict = EgressDecider.Judge(Policy(), EgressRequest.Tunnel("api.example.com:443"), [Public]);
        var cut = EgressAudit.Record(Who, "CONNECT", verdict, new EgressTraffic(1, 2, 3) { FailureCode = "egress.cut.lease_ended" }, default);
        Assert.Equal(("egress.tunnel", AuditOutcome.Failed, "egress.cut.lease_ended"), (cut.Event, cut.Outcome, cut.ReasonCode));
    }

    [Theory]
    [InlineData(31, 31)]
    [InlineData(32, 32)]
    [InlineData(33, 32)]
    public void Record_Method_IsCutAt32Characters(int length, int kept) =>
        Assert.Equal(new string('M', kept), EgressAudit.Record(Who, new string('M', length), default, default, default).Fields[0].Value);

    [Fact]
    public void Default_Outcome_IsDenied() => Assert.Equal(AuditOutcome.Denied, new AuditRecord { At = default, Event = "x" }.Outcome);
}
