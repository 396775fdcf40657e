using System.Diagnostics;
using System.Text.Json;
using Palyra.Domain.Nodes;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>Between the changes of the domain and the lines of the journal.</summary>
internal static class ChangeMapping
{
    private static readonly JsonEncodedText PutCapabilityRequest = JsonEncodedText.Encode("put_capability_request");
    private static readonly JsonEncodedText RemoveCapabilityRequest = JsonEncodedText.Encode("remove_capability_request");

    /// <summary>Writes a change as one line without its end.</summary>
    internal static void Write(Utf8JsonWriter json, NodeRuntimeChange change)
    {
        switch (change)
        {
            case NodeRuntimeChange.PutCapabilityRequest put:
                json.WriteStartObject();
                json.WritePropertyName(PutCapabilityRequest);
                CapabilityRequestJson.Write(json, put.Request);
                json.WriteEndObject();
                break;
            case NodeRuntimeChange.RemoveCapabilityRequest remove:
                json.WriteStartObject();
                json.WriteString(RemoveCapabilityRequest, remove.Id.ToString());
                json.WriteEndObject();
                break;
            default:
                JsonSerializer.Serialize(json, ToFile(change), NodeRuntimeJson.Change);
                break;
        }

        json.Flush();
    }

    internal static NodeRuntimeChange ToDomain(ChangeFile file) => file switch
    {
        { PutCode: { } code } => new NodeRuntimeChange.PutCode(StateMapping.ToDomain(code)),
        { RemoveCode: { } code } => new NodeRuntimeChange.RemoveCode(code),
        { PutPairingRequest: { } request } => new NodeRuntimeChange.PutPairingRequest(StateMapping.ToDomain(request)),
        { RemovePairingRequest: { } session } => new NodeRuntimeChange.RemovePairingRequest(StateMapping.Session(session)),
        { PutNode: { } node } => new NodeRuntimeChange.PutNode(StateMapping.ToDomain(node)),
        { RemoveNode: { } device } => new NodeRuntimeChange.RemoveNode(StateMapping.Device(device)),
        { PutCapabilityRequest: { } request } => new NodeRuntimeChange.PutCapabilityRequest(StateMapping.ToDomain(request)),
        { RemoveCapabilityRequest: { } id } => new NodeRuntimeChange.RemoveCapabilityRequest(StateMapping.Request(id)),
        _ => throw new FormatException("a change of an unknown kind"),
    };

    private static ChangeFile ToFile(NodeRuntimeChange change) => change switch
    {
        NodeRuntimeChange.PutCode put => new ChangeFile { PutCode = StateMapping.ToFile(put.Code) },
        NodeRuntimeChange.RemoveCode remove => new ChangeFile { RemoveCode = remove.Code },
        NodeRuntimeChange.PutPairingRequest put => new ChangeFile { PutPairingRequest = StateMapping.ToFile(put.Request) },
        NodeRuntimeChange.RemovePairingRequest remove => new ChangeFile { RemovePairingRequest = remove.SessionId.ToString() },
        NodeRuntimeChange.PutNode put => new ChangeFile { PutNode = StateMapping.ToFile(put.Node) },
        NodeRuntimeChange.RemoveNode remove => new ChangeFile { RemoveNode = remove.DeviceId.ToString() },
        _ => throw new UnreachableException(),
    };
}
