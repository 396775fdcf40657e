using System.Collections.Immutable;
using Palyra.Domain.Egress.Addresses;

namespace Palyra.Domain.Egress.Names;

/// <summary>What resolution gave: addresses, perhaps none, or the problem that kept it from answering. The default value is a problem.</summary>
public readonly record struct NameAnswer
{
    private readonly ImmutableArray<InternetAddress> _addresses;
    private readonly string? _problem;

    private NameAnswer(ImmutableArray<InternetAddress> addresses, string? problem)
    {
        _addresses = addresses;
        _problem = problem;
    }

    /// <summary>The addresses, in the order of the answer.</summary>
    public ImmutableArray<InternetAddress> Addresses => _addresses.IsDefault ? [] : _addresses;

    /// <summary>One sentence on why there is no answer; <see langword="null"/> when there is one.</summary>
    public string? Problem => _addresses.IsDefault ? _problem ?? "The name was not resolved." : null;

    /// <summary>An answer, which may be empty.</summary>
    public static NameAnswer Of(ImmutableArray<InternetAddress> addresses) => new(addresses.IsDefault ? [] : addresses, null);

    /// <summary>No answer.</summary>
    public static NameAnswer Failed(string problem)
    {
        ArgumentException.ThrowIfNullOrEmpty(problem);
        return new NameAnswer(default, problem);
    }
}
