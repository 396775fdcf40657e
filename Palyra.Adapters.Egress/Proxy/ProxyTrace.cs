using System.Diagnostics;
using Palyra.Domain.Egress;
using Palyra.Domain.Egress.Sessions;

namespace Palyra.Adapters.Egress.Proxy;

/// <summary>The proxy's part of the activity source <c>Palyra</c>: one span a request or tunnel. No path, no query, no header.</summary>
internal static class ProxyTrace
{
    private static readonly ActivitySource Source = new("Palyra");

    /// <summary>Begins a span in the trace of the call that the session is for, if anybody listens.</summary>
    internal static Activity? Start(string name, EgressSession session)
    {
        var activity = Source.StartActivity(name, ActivityKind.Server, session.Trace);
        activity?.SetTag("palyra.worker_id", session.WorkerId.ToString());
        activity?.SetTag("palyra.lease_id", session.LeaseId.ToString());
        activity?.SetTag("palyra.run_id", session.RunId.ToString());
        return activity;
    }

    /// <summary>Ends it with its verdict.</summary>
    internal static void End(Activity? activity, in EgressVerdict verdict, string failureCode)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag("server.address", verdict.Host);
        activity.SetTag("server.port", verdict.Port);
        activity.SetTag("palyra.reason_code", failureCode.Length == 0 ? verdict.ReasonCode : failureCode);
        activity.SetStatus(verdict.Allowed && failureCode.Length == 0 ? ActivityStatusCode.Ok : ActivityStatusCode.Error);
    }
}
