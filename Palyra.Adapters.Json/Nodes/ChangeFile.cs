using System.Text.Json.Serialization;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>One change in the journal: exactly one of the members is there.</summary>
internal sealed class ChangeFile
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PairingCodeFile? PutCode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RemoveCode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PairingRequestFile? PutPairingRequest { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RemovePairingRequest { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NodeFile? PutNode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RemoveNode { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CapabilityRequestFile? PutCapabilityRequest { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RemoveCapabilityRequest { get; init; }
}
