namespace Palyra.Domain.Egress.Names;

/// <summary>Asks the network for the addresses of a name. Asked once a request: what it answers is judged, and only that is dialled.</summary>
public interface INameResolver
{
    /// <summary>
    /// Resolves a judged host: lower case, no trailing dot, no literal. Never throws for a name that cannot be resolved: that is an answer with a
    /// <see cref="NameAnswer.Problem"/>, as is one that took too long.
    /// </summary>
    ValueTask<NameAnswer> ResolveAsync(string host, CancellationToken cancellationToken);
}
