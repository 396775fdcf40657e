using Palyra.Domain.Capabilities;
using Palyra.Domain.Pairing;

namespace Palyra.Adapters.Json.Nodes;

/// <summary>The names that enum values have in <c>node-runtime.v1.json</c>. An unknown name is refused, never guessed.</summary>
internal static class StateNames
{
    private static readonly (PairingMethod Value, string Name)[] Methods = [(PairingMethod.Pin, "pin"), (PairingMethod.Qr, "qr")];

    private static readonly (ClientKind Value, string Name)[] ClientKinds =
        [(ClientKind.Cli, "Cli"), (ClientKind.Desktop, "Desktop"), (ClientKind.Node, "Node")];

    private static readonly (PairingRequestState Value, string Name)[] PairingStates =
    [
        (PairingRequestState.PendingApproval, "pending_approval"), (PairingRequestState.Approved, "approved"), (PairingRequestState.Rejected, "rejected"),
        (PairingRequestState.Expired, "expired"), (PairingRequestState.Completed, "completed"),
    ];

    private static readonly (CapabilityRequestState Value, string Name)[] RequestStates =
    [
        (CapabilityRequestState.Queued, "queued"), (CapabilityRequestState.Dispatched, "dispatched"),
        (CapabilityRequestState.AwaitingLocalMediation, "awaiting_local_mediation"), (CapabilityRequestState.Succeeded, "succeeded"),
        (CapabilityRequestState.Failed, "failed"), (CapabilityRequestState.TimedOut, "timed_out"), (CapabilityRequestState.Rejected, "rejected"),
    ];

    internal static string NameOf(PairingMethod value) => Name(Methods, value);

    internal static string NameOf(ClientKind value) => Name(ClientKinds, value);

    internal static string NameOf(PairingRequestState value) => Name(PairingStates, value);

    internal static string NameOf(CapabilityRequestState value) => Name(RequestStates, value);

    internal static PairingMethod Method(string name) => Value(Methods, name, "method");

    internal static ClientKind Kind(string name) => Value(ClientKinds, name, "client_kind");

    internal static PairingRequestState PairingState(string name) => Value(PairingStates, name, "state");

    internal static CapabilityRequestState RequestState(string name) => Value(RequestStates, name, "state");

    private static string Name<T>((T Value, string Name)[] table, T value) where T : struct, Enum
    {
        foreach (var row in table)
        {
            if (EqualityComparer<T>.Default.Equals(row.Value, value))
            {
                return row.Name;
            }
        }

        throw new ArgumentOutOfRangeException(nameof(value), value, "The value has no name in the file.");
    }

    private static T Value<T>((T Value, string Name)[] table, string name, string member)
    {
        foreach (var row in table)
        {
            if (string.Equals(row.Name, name, StringComparison.Ordinal))
            {
                return row.Value;
            }
        }

        throw new FormatException($"the {member} is none of {string.Join(", ", table.Select(row => row.Name))}");
    }
}
