using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Palyra.Domain.Execution;
using Palyra.Domain.Ids;
using Palyra.Host.Gateway;

namespace Palyra.Host.Admin;

/// <summary>Tool calls on leased workers, and the backends they may run on. Whoever may use the socket is the person who approves.</summary>
internal sealed class ToolRoutes(GatewayServices services)
{
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/tools/invoke", InvokeAsync);
        routes.MapGet("/v1/backends", context => AdminAnswer.ListAsync(context, services.Executor.Inventory(), WriteBackend));
    }

    /// <summary>An output as JSON when it is, else as text.</summary>
    internal static void WriteOutput(Utf8JsonWriter json, ReadOnlyMemory<byte> output)
    {
        if (output.IsEmpty)
        {
            json.WriteNull("output");
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(output);
            json.WritePropertyName("output");
            document.RootElement.WriteTo(json);
        }
        catch (JsonException)
        {
            json.WriteString("output", Encoding.UTF8.GetString(output.Span));
        }
    }

    private async Task InvokeAsync(HttpContext context)
    {
        var body = await AdminAnswer.BodyAsync(context);
        var fresh = services.NewUlid();
        if (body.Text("tool") is not { Length: > 0 } tool || !RunId.TryParse(body.Text("run_id") ?? fresh.ToString(), out var run))
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, "execution.invalid_call", "A call names a tool, and a run id of 1 to 128 bytes.");
            return;
        }

        var call = services.Call(tool, run, Encoding.UTF8.GetBytes(body.Text("input_json") ?? "{}")) with
        {
            Preference = BackendPreference.NetworkedWorker,
            Approval = new ApprovalId(fresh),
            Ttl = TimeSpan.FromMilliseconds(body.Number("ttl_ms", 60_000, 1, 900_000)),
        };
        var outcome = await services.Executor.ExecuteAsync(call, context.RequestAborted);
        await AdminAnswer.ObjectAsync(context, json =>
        {
            json.WriteBoolean("success", outcome.Success);
            json.WriteString("reason_code", outcome.ReasonCode);
            WriteOutput(json, outcome.Output);
            json.WriteString("error", outcome.Error);
            json.WriteBoolean("timed_out", outcome.TimedOut);
            json.WriteString("executor", outcome.Executor);
            json.WriteString("run_id", run.ToString());
            json.WriteString("lease_id", outcome.LeaseId.IsEmpty ? null : outcome.LeaseId.ToString());
            json.WriteString("grant_id", outcome.GrantId.IsEmpty ? null : outcome.GrantId.ToString());
            json.WriteString("input_manifest_sha256", outcome.InputManifestSha256);
            json.WriteString("output_manifest_sha256", outcome.OutputManifestSha256);
            json.WriteNumber("attempts", outcome.Attempts);
            json.WriteNumber("duration_ms", outcome.Timings.EndedAt.MillisecondsSince(outcome.Timings.RequestedAt));
        });
    }

    private static void WriteBackend(Utf8JsonWriter json, BackendRecord backend)
    {
        json.WriteString("backend_id", backend.Backend.Id());
        json.WriteString("state", backend.State.ToString().ToLowerInvariant());
        json.WriteBoolean("selectable", backend.Selectable);
        json.WriteBoolean("requires_attestation", backend.RequiresAttestation);
        json.WriteBoolean("requires_egress_proxy", backend.RequiresEgressProxy);
        json.WriteNumber("active_count", backend.ActiveCount);
        json.WriteNumber("total_count", backend.TotalCount);
        json.WriteString("operator_summary", backend.OperatorSummary);
    }
}
