using System.Text.Json;
using Palyra.Domain.Attestation;
using Palyra.Domain.Fleet;
using Palyra.Domain.Ids;
using Palyra.Domain.Leasing;
using Palyra.Domain.Time;

namespace Palyra.Host.Replay;

/// <summary>The members of a replayed line as domain values. A missing member or one of another type is a <see cref="FormatException"/>.</summary>
/// <remarks>An id that is no valid id reads as the default, which the deciders refuse in their own order.</remarks>
internal readonly struct ReplayInput(JsonElement root)
{
    // What a lease id that is no ULID stands for: a lease nobody holds.
    private static readonly LeaseId NobodysLease = new(Ulid.FromBits(UInt128.MaxValue));

    internal UnixTime Now => new(Member("now_unix_ms").GetInt64());

    internal WorkerId WorkerId => WorkerId.TryParse(Text("worker_id"), out var id) ? id : default;

    internal string? ReasonCode => Optional(root, "reason_code")?.GetString();

    internal ulong TtlMs => Member("ttl_ms").GetUInt64();

    internal LeaseId? LeaseId => Optional(root, "lease_id") is not { } member ? null
        : Domain.Ids.LeaseId.TryParse(member.GetString(), out var id) ? id : NobodysLease;

    internal WorkerAttestation Attestation => AttestationPayload.Read(Member("attestation")).Attestation;

    internal WorkerHealth Health => Optional(root, "health")?.GetString() switch
    {
        null or "healthy" => WorkerHealth.Healthy,
        "degraded" => WorkerHealth.Degraded,
        _ => throw new FormatException("health is healthy or degraded."),
    };

    internal CleanupReport Cleanup
    {
        get
        {
            var cleanup = Member("cleanup");
            return new CleanupReport(
                Required(cleanup, "removed_workspace_scope").GetBoolean(),
                Required(cleanup, "removed_artifacts").GetBoolean(),
                Required(cleanup, "removed_logs").GetBoolean(),
                Optional(cleanup, "failure_reason")?.GetString());
        }
    }

    internal LeaseRequest Request
    {
        get
        {
            var request = Member("request");
            var scope = Required(request, "workspace_scope");
            var grant = Required(request, "grant");
            var transport = Optional(request, "artifact_transport");
            return new LeaseRequest
            {
                RunId = Run(request),
                TtlMs = Required(request, "ttl_ms").GetUInt64(),
                RequiredCapabilities = Texts(request, "required_capabilities"),
                Workspace = new WorkspaceScope
                {
                    WorkspaceRoot = TextOf(scope, "workspace_root"),
                    AllowedPaths = Texts(scope, "allowed_paths"),
                    ReadOnly = Optional(scope, "read_only")?.GetBoolean() ?? true,
                },
                Transport = new ArtifactTransport
                {
                    InputManifestDigest = OptionalText(transport, "input_manifest_sha256"),
                    OutputManifestDigest = OptionalText(transport, "output_manifest_sha256"),
                    LogStreamId = OptionalText(transport, "log_stream_id"),
                    ScratchDirectoryId = OptionalText(transport, "scratch_directory_id"),
                },
                Grant = new RunGrant
                {
                    GrantId = GrantId.TryParse(TextOf(grant, "grant_id"), out var id) ? id : default,
                    RunId = Run(grant),
                    ToolName = TextOf(grant, "tool_name"),
                    ExpiresAt = new UnixTime(Required(grant, "expires_at_unix_ms").GetInt64()),
                },
            };
        }
    }

    /// <summary>A policy; what it leaves out of the optional members is not required of a worker.</summary>
    internal WorkerFleetPolicy Policy
    {
        get
        {
            var policy = Member("policy");
            var attestation = Required(policy, "attestation");
            return new WorkerFleetPolicy
            {
                MaxTtlMs = Required(policy, "max_ttl_ms").GetUInt64(),
                HeartbeatTimeoutMs = Required(policy, "heartbeat_timeout_ms").GetUInt64(),
                TrustedCapabilities = Texts(policy, "trusted_capabilities"),
                RequiredCapabilityAuthority = Optional(policy, "required_capability_authority_sha256")?.GetString(),
                RequiredSdkProtocolVersion = Optional(policy, "required_sdk_protocol_version")?.GetUInt32(),
                RequiredWitAbiVersion = Optional(policy, "required_wit_abi_version")?.GetString(),
                Attestation = new AttestationExpectation
                {
                    RequireEgressProxy = Required(attestation, "require_egress_proxy").GetBoolean(),
                    ImageDigest = Optional(attestation, "image_digest_sha256")?.GetString(),
                    BuildDigest = Optional(attestation, "build_digest_sha256")?.GetString(),
                    ArtifactDigest = Optional(attestation, "artifact_digest_sha256")?.GetString(),
                },
            };
        }
    }

    internal string Text(string name) => TextOf(root, name);

    private JsonElement Member(string name) => Required(root, name);

    private static RunId Run(JsonElement element) => RunId.TryParse(TextOf(element, "run_id"), out var id) ? id : default;

    private static string TextOf(JsonElement element, string name) => Required(element, name).GetString() ?? throw new FormatException($"{name} is missing.");

    private static string OptionalText(JsonElement? element, string name) => element is { } given ? Optional(given, name)?.GetString() ?? "" : "";

    private static string[] Texts(JsonElement element, string name) => Optional(element, name) is { } list
        ? [.. list.EnumerateArray().Select(entry => entry.GetString() ?? throw new FormatException($"{name} holds a null."))]
        : [];

    private static JsonElement Required(JsonElement element, string name) => Optional(element, name) ?? throw new FormatException($"{name} is missing.");

    private static JsonElement? Optional(JsonElement element, string name) =>
        element.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;
}
