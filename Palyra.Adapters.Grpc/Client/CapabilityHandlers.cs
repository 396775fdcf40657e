using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>What this node can execute. Thread-safe; what is added after the node has registered is announced when it next connects.</summary>
public sealed class CapabilityHandlers
{
    private readonly ConcurrentDictionary<string, ICapabilityHandler> _handlers = new(StringComparer.Ordinal);

    /// <summary>The names, in ordinal order.</summary>
    public IReadOnlyList<string> Names => [.. _handlers.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Adds or replaces the handler of a capability.</summary>
    public CapabilityHandlers Add(string capability, ICapabilityHandler handler)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(capability);
        ArgumentNullException.ThrowIfNull(handler);
        _handlers[capability] = handler;
        return this;
    }

    /// <summary>Adds or replaces the handler of a capability.</summary>
    public CapabilityHandlers Add(string capability, Func<CapabilityInvocation, CancellationToken, ValueTask<CapabilityOutput>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return Add(capability, new DelegateHandler(handler));
    }

    internal bool TryGet(string capability, [NotNullWhen(true)] out ICapabilityHandler? handler) => _handlers.TryGetValue(capability, out handler);

    private sealed class DelegateHandler(Func<CapabilityInvocation, CancellationToken, ValueTask<CapabilityOutput>> handler) : ICapabilityHandler
    {
        public ValueTask<CapabilityOutput> ExecuteAsync(CapabilityInvocation invocation, CancellationToken cancellationToken) => handler(invocation, cancellationToken);
    }
}
