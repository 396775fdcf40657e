using Palyra.Domain.Ids;

namespace Palyra.Domain.Capabilities;

/// <summary>What a node answered, as far as a decision needs it.</summary>
/// <param name="Sender">The device the answer came from, as its certificate says.</param>
/// <param name="Success">Whether the node says it succeeded.</param>
/// <param name="OutputBytes">The size of the output.</param>
/// <param name="OutputSummary">The output, redacted and cut.</param>
/// <param name="Error">What the node says went wrong, redacted and cut.</param>
public sealed record CapabilityResult(DeviceId Sender, bool Success, long OutputBytes, string? OutputSummary, string? Error);
