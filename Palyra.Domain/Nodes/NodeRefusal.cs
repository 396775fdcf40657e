using Palyra.Domain.Ids;
using Palyra.Domain.Results;

namespace Palyra.Domain.Nodes;

/// <summary>Why an act on a node was refused.</summary>
public abstract record NodeRefusal : Refusal
{
    private NodeRefusal(string code, string subject, string detail) : base(code, subject, detail) { }

    /// <summary><c>node_not_registered</c>: the device has not registered as a node.</summary>
    public sealed record NotRegistered(DeviceId Device) : NodeRefusal("node_not_registered", Device.ToString(), "The device has not registered as a node.");

    /// <summary><c>invalid_node_field</c>: a field is missing, too long or malformed.</summary>
    public sealed record InvalidField(string Field, string Why) : NodeRefusal("invalid_node_field", Field, $"The field {Field} {Why}.");

}
