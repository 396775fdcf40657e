using Palyra.Domain.Time;

namespace Palyra.Domain.Health;

/// <summary>Looks after one part of a gateway. Each adapter brings its own; whoever reports health asks them all.</summary>
public interface IHealthProbe
{
    /// <summary>The part, e.g. <c>state</c>; letters and underscores.</summary>
    string Name { get; }

    /// <summary>Looks. Quick, and never throws for what it is there to find.</summary>
    HealthFinding Look(UnixTime now);
}
