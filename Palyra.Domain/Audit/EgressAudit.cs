using System.Collections.Immutable;
using System.Globalization;
using Palyra.Domain.Egress;
using Palyra.Domain.Ids;
using Palyra.Domain.Time;

namespace Palyra.Domain.Audit;

/// <summary>The record of one request through the egress proxy.</summary>
public static class EgressAudit
{
    /// <summary>The event of a single request.</summary>
    public const string RequestEvent = "egress.request";

    /// <summary>The event of a CONNECT tunnel.</summary>
    public const string TunnelEvent = "egress.tunnel";

    /// <summary>
    /// Who, lease, run, method, host, port, addresses, verdict, reason, fingerprint, bytes each way and duration. No path, no query, no header.
    /// </summary>
    /// <param name="who">The worker, and the lease and run it acts for.</param>
    /// <param name="method">The method as sent; longer than 32 characters it is cut.</param>
    /// <param name="verdict">The verdict that stood at the end.</param>
    /// <param name="traffic">What went through.</param>
    /// <param name="at">When it ended.</param>
    public static AuditRecord Record(EgressActor who, string method, in EgressVerdict verdict, EgressTraffic traffic, UnixTime at)
    {
        ArgumentNullException.ThrowIfNull(method);
        var fields = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>(8);
        fields.Add(new("method", method[..Math.Min(method.Length, 32)]));
        fields.Add(new("host", verdict.Host ?? ""));
        fields.Add(new("port", verdict.Port.ToString(CultureInfo.InvariantCulture)));
        fields.Add(new("addresses", string.Join(' ', verdict.Addresses)));
        fields.Add(new("request_fingerprint_sha256", verdict.RequestFingerprint ?? ""));
        fields.Add(new("bytes_up", traffic.BytesUp.ToString(CultureInfo.InvariantCulture)));
        fields.Add(new("bytes_down", traffic.BytesDown.ToString(CultureInfo.InvariantCulture)));
        fields.Add(new("duration_ms", traffic.DurationMilliseconds.ToString(CultureInfo.InvariantCulture)));
        return new AuditRecord
        {
            At = at,
            Event = method == "CONNECT" ? TunnelEvent : RequestEvent,
            Outcome = !verdict.Allowed ? AuditOutcome.Denied : traffic.FailureCode.Length == 0 ? AuditOutcome.Allowed : AuditOutcome.Failed,
            ReasonCode = traffic.FailureCode.Length == 0 ? verdict.ReasonCode : traffic.FailureCode,
            Actor = who.Worker.ToString(),
            LeaseId = who.LeaseId,
            RunId = who.RunId,
            Fields = fields.DrainToImmutable(),
        };
    }
}
