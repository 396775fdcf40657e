namespace Palyra.Domain.Execution;

/// <summary>What is asked of the backend choice.</summary>
/// <param name="Preference">The operator's preference.</param>
/// <param name="Posture">What the tool does that can hurt.</param>
/// <param name="RequiredCapabilities">Every capability the backend must cover.</param>
public sealed record BackendRequest(BackendPreference Preference, ToolPosture Posture, IReadOnlyList<string> RequiredCapabilities);
