using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Palyra.Domain.Identity;
using Palyra.Domain.Ids;
using Palyra.Domain.Pairing;
using Palyra.Domain.Time;
using Palyra.Host.CommandLine;
using Palyra.Host.Gateway;

namespace Palyra.Host.Admin;

/// <summary>Codes, and the pairing requests that wait for a person.</summary>
internal sealed class PairingRoutes(GatewayServices services)
{
    internal void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/pairing/codes", MintAsync);
        routes.MapGet("/v1/pairing/requests", ListAsync);
        routes.MapPost("/v1/pairing/requests/{id}/approve", context => DecideAsync(context, approve: true));
        routes.MapPost("/v1/pairing/requests/{id}/reject", context => DecideAsync(context, approve: false));
    }

    private async Task MintAsync(HttpContext context)
    {
        var body = await AdminAnswer.BodyAsync(context);
        var method = body.Text("method") == "qr" ? PairingMethod.Qr : PairingMethod.Pin;
        var ttl = TimeSpan.FromMilliseconds(body.Number("ttl_ms", 600_000, 1, 86_400_000));
        await AdminAnswer.ResultAsync(context, await services.Nodes.MintCode(method, body.Text("by") ?? "operator", ttl), (json, code) =>
        {
            json.WriteString("code", code.Code);
            json.WriteString("method", method == PairingMethod.Qr ? "qr" : "pin");
            json.WriteNumber("expires_at_unix_ms", code.ExpiresAt.Milliseconds);
            json.WriteString("grpc_url", services.GrpcUrl);
            json.WriteString("gateway_ca_sha256", services.Certificates.CaSha256);
        });
    }

    private Task ListAsync(HttpContext context)
    {
        var state = context.Request.Query["state"].ToString();
        return AdminAnswer.ListAsync(
            context, services.Nodes.ListPairings().Where(request => state.Length == 0 || StateName(request.State) == state), WriteRequest);
    }

    private async Task DecideAsync(HttpContext context, bool approve)
    {
        if (!PairingSessionId.TryParse(context.Route("id"), out var session))
        {
            await AdminAnswer.RefuseAsync(context, StatusCodes.Status400BadRequest, HostReason.InvalidId, "The pairing request's id is not a canonical ULID.");
            return;
        }

        var body = await AdminAnswer.BodyAsync(context);
        long? scope = body.TryGetProperty("scope_ttl_ms", out _) ? body.Number("scope_ttl_ms", 0, long.MinValue, long.MaxValue) : null;
        var decision = new PairingDecision(
            body.Text("by") ?? "operator", body.Text("reason") is { Length: > 0 } reason ? reason : null, approve ? scope : null);
        await AdminAnswer.ResultAsync(context, approve ? await services.Nodes.Approve(session, decision) : await services.Nodes.Reject(session, decision), WriteRequest);
    }

    private static void WriteRequest(Utf8JsonWriter json, PairingRequestRecord request)
    {
        var asked = PairingApproval.Of(request);
        json.WriteString("request_id", request.SessionId.ToString());
        json.WriteString("device_id", request.DeviceId.ToString());
        json.WriteString("state", StateName(request.State));
        json.WriteString("check_code", asked.CheckCode);
        json.WriteString("client_kind", request.ClientKind.ToWireName());
        json.WriteString("method", request.Method == PairingMethod.Qr ? "qr" : "pin");
        json.WriteString("title", asked.Title);
        json.WriteString("risk", asked.Risk);
        json.WriteString("approval_id", request.ApprovalId.ToString());
        json.WriteString("identity_fingerprint", request.VerifiedPairing.IdentityFingerprint);
        json.WriteString("transcript_hash", request.VerifiedPairing.TranscriptHashHex);
        json.WriteNumber("requested_at_unix_ms", request.RequestedAt.Milliseconds);
        json.WriteNumber("expires_at_unix_ms", request.ExpiresAt.Milliseconds);
        json.WriteString("decided_by", request.DecidedBy);
        json.WriteString("decision_reason", request.DecisionReason);
        if (request.DecisionScopeTtlMs is { } scope)
        {
            json.WriteNumber("decision_scope_ttl_ms", scope);
            json.WriteNumber("scope_ends_at_unix_ms", request.ScopeEndsAt!.Value.Milliseconds);
        }
    }

    private static string StateName(PairingRequestState state) => state switch
    {
        PairingRequestState.PendingApproval => "pending_approval",
        _ => state.ToString().ToLowerInvariant(),
    };
}
