using System.Collections.Frozen;

namespace Palyra.Host.Capabilities;

/// <summary>What a node offers, by every name it answers to: <c>echo</c>, <c>tool:echo</c>, and for the built-in two <c>tool:palyra.echo</c> and <c>tool:palyra.sleep</c>.</summary>
internal sealed class CapabilitySet
{
    private readonly FrozenDictionary<string, INodeCapability> _byName;

    internal CapabilitySet(IEnumerable<INodeCapability> capabilities)
    {
        var byName = new Dictionary<string, INodeCapability>(StringComparer.OrdinalIgnoreCase);
        foreach (var capability in capabilities)
        {
            byName.Add(capability.Name, capability);
            byName.Add("tool:" + capability.Name, capability);
            if (capability is EchoCapability or SleepCapability)
            {
                byName.Add("tool:palyra." + capability.Name, capability);
            }
        }

        _byName = byName.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
        Names = [.. _byName.Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>Every name, sorted.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>The names under which a tool is leased.</summary>
    internal IEnumerable<string> ToolNames => Names.Where(name => name.StartsWith("tool:", StringComparison.Ordinal));

    /// <summary>Runs a capability. Whatever goes wrong is an answer, except the caller's own cancellation.</summary>
    internal async ValueTask<CapabilityAnswer> ExecuteAsync(string name, CapabilityCall call, CancellationToken cancellation)
    {
        if (!_byName.TryGetValue(name, out var capability))
        {
            return CapabilityAnswer.Failed("capability_unknown: this node does not offer it");
        }

        try
        {
            var answer = await capability.ExecuteAsync(call, cancellation);
            return answer.Success && (ulong)answer.Output.Length > call.MaxPayloadBytes
                ? CapabilityAnswer.Failed("payload_too_large: the output is larger than the caller accepts")
                : answer;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return CapabilityAnswer.Failed($"capability_failed: {failure.GetType().Name}");
        }
    }
}
