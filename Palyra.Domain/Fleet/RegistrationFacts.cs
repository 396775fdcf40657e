using Palyra.Domain.Time;

namespace Palyra.Domain.Fleet;

/// <summary>What a registration needs to know of the rest of the fleet. The default knows of no failure and of room.</summary>
/// <param name="FailedClosedAt">When a worker of this id last failed closed, in any earlier life.</param>
/// <param name="FleetIsFull">Whether the fleet has as many workers as the policy allows.</param>
public readonly record struct RegistrationFacts(UnixTime? FailedClosedAt, bool FleetIsFull);
