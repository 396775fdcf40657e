using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Palyra.Domain.Audit;
using Palyra.Domain.Capabilities;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Nodes;
using Palyra.Domain.Results;
using Palyra.Domain.Time;
using Palyra.Host.CommandLine;
using Palyra.Host.Gateway;

namespace Palyra.Host.Admin;

/// <summary>The paired devices: list, look, call, revoke.</summary>
internal sealed class NodeRoutes(GatewayServices services)
{
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/nodes", context => AdminAnswer.ListAsync(context, services.Nodes.Inventory().Instances, WriteSummary));
        routes.MapGet("/v1/nodes/{id}", context => WithNodeAsync(context, WriteAll));
        routes.MapGet("/v1/nodes/{id}/status", context => WithNodeAsync(context, WriteStatus));
        routes.MapPost("/v1/nodes/{id}/invoke", context => WithDeviceAsync(context, InvokeAsync));
        routes.MapPost("/v1/nodes/{id}/revoke", context => WithDeviceAsync(context, RevokeAsync));
        routes.MapPost("/v1/nodes/{id}/clear-revocation", context => WithDeviceAsync(context, ClearRevocationAsync));
    }

    private Task WithNodeAsync(HttpContext context, Action<Utf8JsonWriter, InventoryInstance> members)
    {
        var instance = DeviceId.TryParse(context.Route("id"), out var device)
            ? services.Nodes.Inventory().Instances.FirstOrDefault(found => found.Node.DeviceId == device)
            : null;
        return instance is null
            ? AdminAnswer.RefuseAsync(context, StatusCodes.Status404NotFound, "node_not_registered", "There is no registered node of this id.")
            : AdminAnswer.ObjectAsync(context, json => members(json, instance));
    }

    /// <summary>An act on a device, which need not be a registered one.</summary>
    private static Task WithDeviceAsync(HttpContext context, Func<HttpContext, DeviceId, JsonElement, Task> act)
    {
        return DeviceId.TryParse(context.Route("id"), out var device)
            ? ActAsync()
            : AdminAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, HostReason.InvalidId, "The device id is not a canonical ULID.");

        async Task ActAsync() => await act(context, device, await AdminAnswer.BodyAsync(context));
    }

    private async Task InvokeAsync(HttpContext context, DeviceId device, JsonElement body)
    {
        var deadline = UnixTime.Now(services.Clock).AddMilliseconds(body.Number("timeout_ms", 30_000, 1, 600_000));
        var queued = await services.Nodes.Enqueue(
            device, body.Text("capability") ?? "", Encoding.UTF8.GetBytes(body.Text("input_json") ?? "{}"), 0, deadline, cancellation: context.RequestAborted);
        if (!queued.TryGet(out var pending, out var refusal))
        {
            await AdminAnswer.RefuseAsync(context, refusal);
            return;
        }

        var outcome = await pending.Completion;
        await AdminAnswer.ObjectAsync(context, json =>
        {
            json.WriteString("request_id", outcome.Id.ToString());
            json.WriteBoolean("success", outcome.Success);
            json.WriteString("state", StateName(outcome.State));
            ToolRoutes.WriteOutput(json, outcome.OutputJson);
            json.WriteString("error", outcome.Error);
        });
    }

    private async Task RevokeAsync(HttpContext context, DeviceId device, JsonElement body)
    {
        Result<DeviceIdentity> revoked;
        try
        {
            revoked = services.Identity.Revoke(device, body.Text("reason"), UnixTime.Now(services.Clock));
        }
        catch (Exception unsaved) when (unsaved is not (OutOfMemoryException or AggregateException) && services.Identity.IsRevoked(device))
        {
            // An AggregateException is of those that were to hear of it: a fault, whatever was saved.
            await AdminAnswer.RefuseAsync(
                context, StatusCodes.Status500InternalServerError, HostReason.RevokedNotSaved,
                $"The device is revoked, and stays so until this gateway ends, but that could not be saved: {unsaved.Message} Mend that and revoke it again, before a restart lets it back in.");
            return;
        }

        try
        {
            if (revoked.IsOk)
            {
                await AuditAsync("identity.revocation_ordered", device, body, [], CancellationToken.None);
            }
        }
        catch (Exception unaudited) when (unaudited is not OutOfMemoryException)
        {
            await AdminAnswer.RefuseAsync(
                context, StatusCodes.Status500InternalServerError, HostReason.RevokedNotAudited,
                $"The device is revoked, and that is saved; the audit trail does not say who ordered it: {unaudited.Message} Mend that and revoke it again, to have the order on record.");
            return;
        }

        await AdminAnswer.ResultAsync(context, revoked, (json, identity) =>
        {
            json.WriteString("device_id", device.ToString());
            json.WriteBoolean("revoked", identity.Revocation is not null);
            json.WriteString("reason", identity.Revocation?.Reason);
        });
    }

    private ValueTask AuditAsync(string what, DeviceId device, JsonElement body, ReadOnlySpan<KeyValuePair<string, string>> more, CancellationToken cancellation) =>
        services.Audit.AppendAsync(new AuditRecord
        {
            At = UnixTime.Now(services.Clock),
            Event = what,
            Outcome = AuditOutcome.Allowed,
            Actor = body.Text("by") ?? "operator",
            Fields = [new("device", device.ToString()), new("reason", body.Text("reason") ?? ""), .. more],
        }, cancellation);

    private async Task ClearRevocationAsync(HttpContext context, DeviceId device, JsonElement body)
    {
        var now = UnixTime.Now(services.Clock);
        var revoked = services.Identity.TryGetIdentity(device, out var known) ? known.Revocation : null;
        if (revoked is not null)
        {
            // Before it takes effect: what cannot be audited does not happen.
            await AuditAsync("identity.revocation_cleared", device, body, [new("revoked_because", revoked.Reason)], context.RequestAborted);
        }

        await AdminAnswer.ResultAsync(context, services.Identity.ClearRevocation(device, now), (json, identity) =>
        {
            json.WriteString("device_id", device.ToString());
            json.WriteBoolean("revoked", identity.Revocation is not null);
            json.WriteBoolean("paired", identity.IsPaired);
        });
    }

    private void WriteSummary(Utf8JsonWriter json, InventoryInstance instance)
    {
        json.WriteString("device_id", instance.Node.DeviceId.ToString());
        json.WriteString("platform", instance.Node.Platform);
        json.WriteBoolean("healthy", instance.IsHealthy);
        json.WriteBoolean("connected", instance.IsConnected);
        json.WriteBoolean("revoked", services.Identity.IsRevoked(instance.Node.DeviceId));
        json.WriteString("last_event_name", instance.Node.LastEventName);
        json.WriteNumber("last_seen_at_unix_ms", instance.Node.LastSeenAt.Milliseconds);
    }

    private void WriteStatus(Utf8JsonWriter json, InventoryInstance instance)
    {
        WriteSummary(json, instance);
        var requests = services.Nodes.ListRequests().Where(request => request.DeviceId == instance.Node.DeviceId).ToArray();
        json.WriteNumber("queued", requests.Count(request => request.State == CapabilityRequestState.Queued));
        json.WriteNumber("in_flight", requests.Count(request => request.State is CapabilityRequestState.Dispatched or CapabilityRequestState.AwaitingLocalMediation));
        json.WriteNumber("finished", requests.Count(request => request.IsFinal));
    }

    private void WriteAll(Utf8JsonWriter json, InventoryInstance instance)
    {
        WriteStatus(json, instance);
        json.WriteNumber("registered_at_unix_ms", instance.Node.RegisteredAt.Milliseconds);
        json.WriteStartArray("capabilities");
        foreach (var capability in instance.Node.Capabilities)
        {
            json.WriteStringValue(capability.Available ? capability.Name : capability.Name + " (unavailable)");
        }

        json.WriteEndArray();
        var known = services.Identity.TryGetIdentity(instance.Node.DeviceId, out var identity);
        json.WriteBoolean("paired", known && identity!.IsPaired);
        json.WriteString("certificate_sha256", identity?.Current?.Fingerprint.ToString());
        if (identity?.Current is { } current)
        {
            json.WriteNumber("certificate_expires_at_unix_ms", current.ExpiresAt.Milliseconds);
        }

        if (identity?.PairedUntil is { } until)
        {
            json.WriteNumber("paired_until_unix_ms", until.Milliseconds);
        }

        json.WriteString("revocation_reason", identity?.Revocation?.Reason);
    }

    private static string StateName(CapabilityRequestState state) => state switch
    {
        CapabilityRequestState.TimedOut => "timed_out",
        CapabilityRequestState.AwaitingLocalMediation => "awaiting_local_mediation",
        _ => state.ToString().ToLowerInvariant(),
    };
}
