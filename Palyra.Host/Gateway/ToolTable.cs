using System.Collections.Concurrent;
using Palyra.Domain.Egress.Policies;
using Palyra.Domain.Egress.Sessions;
using Palyra.Host.Configuration;

namespace Palyra.Host.Gateway;

/// <summary>The configured tools. Replacing them changes what calls under way may reach as well; a tool that is gone reaches nothing any more.</summary>
internal sealed class ToolTable
{
    private readonly ConcurrentDictionary<string, ToolEgress> _egress = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, ToolDefinition> _defined = new Dictionary<string, ToolDefinition>();

    internal void Replace(IReadOnlyDictionary<string, ToolDefinition> defined)
    {
        Volatile.Write(ref _defined, defined);
        foreach (var tool in defined.Values)
        {
            var terms = TermsOf(tool);
            _egress.AddOrUpdate(tool.Name, _ => new ToolEgress(terms), (_, egress) =>
            {
                egress.Terms = terms;
                return egress;
            });
        }

        foreach (var (name, egress) in _egress)
        {
            if (!defined.ContainsKey(name))
            {
                egress.Terms = EgressTerms.None;
            }
        }
    }

    /// <summary>A tool and its egress; a tool that may reach nothing has none.</summary>
    internal (ToolDefinition? Definition, ToolEgress? Egress) Find(string name)
    {
        var definition = Volatile.Read(ref _defined).GetValueOrDefault(name);
        return (definition, definition?.Egress is null ? null : _egress.GetValueOrDefault(name));
    }

    private static EgressTerms TermsOf(ToolDefinition tool) =>
        tool.Egress is { } policy ? new EgressTerms(EgressPolicy.Compile(policy), [.. tool.Credentials]) : EgressTerms.None;
}
