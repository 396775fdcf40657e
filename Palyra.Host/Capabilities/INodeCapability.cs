using Palyra.Adapters.Grpc.Client;

namespace Palyra.Host.Capabilities;

/// <summary>A built-in capability: a handler that knows its name.</summary>
internal interface INodeCapability : ICapabilityHandler
{
    /// <summary>The name under which the node offers it; a tool reaches it as <c>tool:&lt;name&gt;</c>.</summary>
    string Name { get; }
}
