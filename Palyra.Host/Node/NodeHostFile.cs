using System.Text.Json;
using System.Text.Json.Serialization;
using Palyra.Adapters.Json.Files;
using Palyra.Host.CommandLine;

namespace Palyra.Host.Node;

/// <summary><c>node-host.json</c>: what an installed node is. Members beyond the first seven say how it trusts its gateway and what it offers; none is a secret.</summary>
internal sealed record NodeHostFile(
    int SchemaVersion,
    string GrpcUrl,
    string DeviceId,
    long PollIntervalMs,
    string IdentityStoreDir,
    long InstalledAtUnixMs,
    long? PairedAtUnixMs,
    string? GatewayCaFile,
    string? GatewayCaSha256,
    IReadOnlyList<string>? AllowedExecutables,
    NodeHostWorker? Worker)
{
    private const int KnownSchema = 1;

    internal static NodeHostFile ReadOrFail(NodeHome home)
    {
        try
        {
            var file = JsonSerializer.Deserialize(File.ReadAllBytes(home.HostFile), NodeJson.Default.NodeHostFile);
            return file is { SchemaVersion: KnownSchema, GrpcUrl: not null, DeviceId: not null, IdentityStoreDir: not null } && Domain.Ids.DeviceId.TryParse(file.DeviceId, out _)
                ? file
                : throw CommandFailureException.Refused(HostReason.NodeDamaged, $"{home.HostFile} is not a node-host.json of schema version {KnownSchema}.");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw CommandFailureException.Refused(HostReason.NodeNotInstalled, $"no node is installed in {home.Path}; use `palyra node install`.");
        }
        catch (JsonException)
        {
            throw CommandFailureException.Refused(HostReason.NodeDamaged, $"{home.HostFile} is not valid JSON.");
        }
    }

    internal void Write(NodeHome home) => AtomicFile.Replace(home.HostFile, JsonSerializer.SerializeToUtf8Bytes(this, NodeJson.Default.NodeHostFile));

    internal NodeSettings ToSettings() => new()
    {
        Gateway = new Uri(GrpcUrl),
        GatewayCaPem = GatewayCaFile is { } file ? NodePem.ReadCertificate(file, HostReason.NodeDamaged) : null,
        GatewayCaSha256 = GatewayCaSha256,
        IdentityStoreFolder = IdentityStoreDir,
        DeviceId = Domain.Ids.DeviceId.Parse(DeviceId),
        PollInterval = TimeSpan.FromMilliseconds(Math.Clamp(PollIntervalMs, 50, 60_000)),
        AllowedExecutables = AllowedExecutables ?? [],
        Worker = Worker is { } worker ? new WorkerSettings(worker.AttestationKeyFile, worker.AttestationKeyId, worker.EgressProxy) : null,
    };
}

/// <summary>What makes an installed node a worker.</summary>
internal sealed record NodeHostWorker(string AttestationKeyFile, string AttestationKeyId, string EgressProxy);

/// <summary><c>node-host-process.json</c>: the background process of an installed node.</summary>
internal sealed record NodeProcessFile(int SchemaVersion, int Pid, string StdoutLogPath, string StderrLogPath, long StartedAtUnixMs)
{
    internal static NodeProcessFile? Read(NodeHome home)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(home.ProcessFile), NodeJson.Default.NodeProcessFile);
        }
        catch (Exception unusable) when (unusable is IOException or JsonException)
        {
            return null;
        }
    }

    internal void Write(NodeHome home) => AtomicFile.Replace(home.ProcessFile, JsonSerializer.SerializeToUtf8Bytes(this, NodeJson.Default.NodeProcessFile));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NodeHostFile))]
[JsonSerializable(typeof(NodeProcessFile))]
internal sealed partial class NodeJson : JsonSerializerContext;
