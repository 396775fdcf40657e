using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Host.CommandLine;
using Palyra.Host.Gateway;

namespace Palyra.Host.Admin;

/// <summary>The fleet: list, watch, and the acts of an operator.</summary>
internal sealed class WorkerRoutes(GatewayServices services)
{
    private const int FollowBuffer = 1024;

    internal void Map(IEndpointRouteBuilder routes)
    {
        var fleet = services.Fleet;
        routes.MapGet("/v1/workers", context => AdminAnswer.ListAsync(context, fleet.Workers(), WriteWorker));
        routes.MapGet("/v1/workers/events", context => context.Request.Query["follow"] == "true" ? FollowAsync(context) : ListEventsAsync(context));
        routes.MapPost("/v1/workers/quarantine-all", async context =>
        {
            var body = await AdminAnswer.BodyAsync(context);
            await AdminAnswer.ListAsync(context, fleet.QuarantineAll(body.Text("reason_code"), Now), WriteEvent);
        });
        Act(routes, "quarantine", (worker, reason) => fleet.Quarantine(worker, reason, Now));
        Act(routes, "drain", (worker, reason) => fleet.Drain(worker, reason, Now));
        Act(routes, "resume", (worker, _) => fleet.Resume(worker, Now));
        Act(routes, "reverify", (worker, _) => fleet.Reverify(worker, Now));
        Act(routes, "force-cleanup", (worker, _) => fleet.ForceCleanup(worker, CleanupReport.Verified, Now));
        Act(routes, "revoke-lease", (worker, reason) => fleet.RevokeLease(worker, null, reason, Now));
    }

    private UnixTime Now => UnixTime.Now(services.Clock);

    private static void Act(IEndpointRouteBuilder routes, string verb, Func<WorkerId, string?, Result<WorkerLifecycleEvent>> act) =>
        routes.MapPost($"/v1/workers/{{id}}/{verb}", async context =>
        {
            var body = await AdminAnswer.BodyAsync(context);
            await (WorkerId.TryParse(context.Route("id"), out var worker)
                ? AdminAnswer.ResultAsync(context, act(worker, body.Text("reason_code")), WriteEvent)
                : AdminAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, "MissingWorkerId", "The worker id is empty or too long."));
        });

    private static bool WantsHeartbeats(HttpContext context) => context.Request.Query["heartbeats"] != "false";

    private Task ListEventsAsync(HttpContext context)
    {
        var news = new WorkerNews(WantsHeartbeats(context));
        return AdminAnswer.ListAsync(context, services.Fleet.RecentEvents().Reverse().Where(one => news.Is(one)).ToArray().Reverse(), WriteEvent);
    }

    private async Task FollowAsync(HttpContext context)
    {
        var follower = new Follower();
        using var subscription = services.Fleet.Subscribe(follower);
        // A watch has no end of its own: it must not hold up the gateway's.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(
            context.RequestAborted, context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        var news = new WorkerNews(WantsHeartbeats(context), services.Fleet.Workers());
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            await foreach (var lifecycleEvent in follower.Events.ReadAllAsync(ended.Token).Where(one => news.Is(one)))
            {
                await context.Response.WriteAsync(JsonLine.Format(json => WriteEvent(json, lifecycleEvent)) + "\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The follower went away, or the gateway does.
        }
    }

    private static void WriteWorker(Utf8JsonWriter json, WorkerRecord worker)
    {
        json.WriteString("worker_id", worker.WorkerId.ToString());
        json.WriteString("state", worker.State.ToWire());
        json.WriteNumber("last_heartbeat_at_unix_ms", worker.LastHeartbeatAt.Milliseconds);
        json.WriteNumber("attestation_expires_at_unix_ms", worker.Attestation.ExpiresAt.Milliseconds);
        json.WriteStartArray("capabilities");
        foreach (var capability in worker.Attestation.SupportedCapabilities)
        {
            json.WriteStringValue(capability);
        }

        json.WriteEndArray();
        if (worker.Lease is { } lease)
        {
            json.WriteString("run_id", lease.RunId.ToString());
            json.WriteString("lease_id", lease.LeaseId.ToString());
            json.WriteNumber("lease_expires_at_unix_ms", lease.ExpiresAt.Milliseconds);
            json.WriteNumber("fencing_token", lease.FencingToken);
        }
    }

    private static void WriteEvent(Utf8JsonWriter json, WorkerLifecycleEvent lifecycleEvent)
    {
        json.WriteString("worker_id", lifecycleEvent.WorkerId.ToString());
        json.WriteString("state", lifecycleEvent.State.ToWire());
        json.WriteString("run_id", lifecycleEvent.RunId.IsEmpty ? null : lifecycleEvent.RunId.ToString());
        json.WriteString("reason_code", lifecycleEvent.ReasonCode);
        json.WriteNumber("timestamp_unix_ms", lifecycleEvent.At.Milliseconds);
    }

    /// <summary>Holds events for a reader; one that is too slow loses the oldest.</summary>
    private sealed class Follower : IFleetObserver
    {
        private readonly Channel<WorkerLifecycleEvent> _events =
            Channel.CreateBounded<WorkerLifecycleEvent>(new BoundedChannelOptions(FollowBuffer) { FullMode = BoundedChannelFullMode.DropOldest });

        internal ChannelReader<WorkerLifecycleEvent> Events => _events.Reader;

        public void OnEvent(in WorkerLifecycleEvent lifecycleEvent, LeaseId? endedLease) => _events.Writer.TryWrite(lifecycleEvent);
    }
}
