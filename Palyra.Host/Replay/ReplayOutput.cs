using System.Text.Json;
using Palyra.Domain.Fleet;
using Palyra.Domain.Leasing;
using Palyra.Domain.Results;

namespace Palyra.Host.Replay;

/// <summary>Domain values as the members of a replay's result lines.</summary>
internal static class ReplayOutput
{
    internal static void WriteRefusal(this Utf8JsonWriter json, string code, string detail)
    {
        json.WriteStartObject("err");
        json.WriteString("code", code);
        json.WriteString("detail", detail);
        json.WriteEndObject();
    }

    internal static void WriteResult(this Utf8JsonWriter json, Result<WorkerLifecycleEvent> result)
    {
        if (result.TryGet(out var lifecycleEvent, out var refusal))
        {
            json.WritePropertyName("ok");
            json.WriteEvent(lifecycleEvent);
        }
        else
        {
            json.WriteRefusal(refusal.Code, refusal.Detail);
        }
    }

    internal static void WriteResult(this Utf8JsonWriter json, Result<WorkerLease> result)
    {
        if (result.TryGet(out var lease, out var refusal))
        {
            json.WriteStartObject("ok");
            json.WriteLease(lease);
            json.WriteEndObject();
        }
        else
        {
            json.WriteRefusal(refusal.Code, refusal.Detail);
        }
    }

    internal static void WriteResult(this Utf8JsonWriter json, IReadOnlyList<WorkerLifecycleEvent> events)
    {
        json.WriteStartArray("ok");
        foreach (var lifecycleEvent in events)
        {
            json.WriteEvent(lifecycleEvent);
        }

        json.WriteEndArray();
    }

    internal static void WriteState(this Utf8JsonWriter json, WorkerFleet fleet)
    {
        json.WriteStartObject("snapshot");
        var snapshot = fleet.Snapshot();
        json.WriteNumber("registered_workers", snapshot.Registered);
        json.WriteNumber("attested_workers", snapshot.Attested);
        json.WriteNumber("active_leases", snapshot.ActiveLeases);
        json.WriteNumber("available_workers", snapshot.Available);
        json.WriteNumber("busy_workers", snapshot.Busy);
        json.WriteNumber("degraded_workers", snapshot.Degraded);
        json.WriteNumber("draining_workers", snapshot.Draining);
        json.WriteNumber("offline_workers", snapshot.Offline);
        json.WriteNumber("orphaned_workers", snapshot.Orphaned);
        json.WriteNumber("failed_closed_workers", snapshot.FailedClosed);
        json.WriteEndObject();
        json.WriteStartObject("workers");
        foreach (var worker in fleet.Workers())
        {
            json.WriteStartObject(worker.WorkerId.ToString());
            json.WriteString("state", worker.State.ToWire());
            json.WriteNumber("last_heartbeat_unix_ms", worker.LastHeartbeatAt.Milliseconds);
            if (worker.Lease is { } lease)
            {
                json.WriteStartObject("lease");
                json.WriteString("run_id", lease.RunId.ToString());
                json.WriteNumber("expires_at_unix_ms", lease.ExpiresAt.Milliseconds);
                json.WriteNumber("fencing_token", lease.FencingToken);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void WriteEvent(this Utf8JsonWriter json, in WorkerLifecycleEvent lifecycleEvent)
    {
        json.WriteStartObject();
        json.WriteString("worker_id", lifecycleEvent.WorkerId.ToString());
        json.WriteString("state", lifecycleEvent.State.ToWire());
        if (!lifecycleEvent.RunId.IsEmpty)
        {
            json.WriteString("run_id", lifecycleEvent.RunId.ToString());
        }

        json.WriteString("reason_code", lifecycleEvent.ReasonCode);
        json.WriteNumber("timestamp_unix_ms", lifecycleEvent.At.Milliseconds);
        json.WriteEndObject();
    }

    private static void WriteLease(this Utf8JsonWriter json, WorkerLease lease)
    {
        json.WriteString("lease_id", lease.LeaseId.ToString());
        json.WriteString("worker_id", lease.WorkerId.ToString());
        json.WriteString("run_id", lease.RunId.ToString());
        json.WriteNumber("expires_at_unix_ms", lease.ExpiresAt.Milliseconds);
        json.WriteNumber("fencing_token", lease.FencingToken);
        json.WriteTexts("required_capabilities", lease.RequiredCapabilities);
        json.WriteStartObject("workspace_scope");
        json.WriteString("workspace_root", lease.Workspace.WorkspaceRoot);
        json.WriteTexts("allowed_paths", lease.Workspace.AllowedPaths);
        json.WriteBoolean("read_only", lease.Workspace.ReadOnly);
        json.WriteEndObject();
        json.WriteStartObject("artifact_transport");
        json.WriteString("input_manifest_sha256", lease.Transport.InputManifestDigest);
        json.WriteString("output_manifest_sha256", lease.Transport.OutputManifestDigest);
        json.WriteString("log_stream_id", lease.Transport.LogStreamId);
        json.WriteString("scratch_directory_id", lease.Transport.ScratchDirectoryId);
        json.WriteEndObject();
        json.WriteStartObject("grant");
        json.WriteString("grant_id", lease.Grant.GrantId.ToString());
        json.WriteString("run_id", lease.Grant.RunId.ToString());
        json.WriteString("tool_name", lease.Grant.ToolName);
        json.WriteNumber("expires_at_unix_ms", lease.Grant.ExpiresAt.Milliseconds);
        json.WriteEndObject();
    }

    private static void WriteTexts(this Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
