namespace Palyra.Tests.Fuzz;

/// <summary>Whether the suite runs its long searches: <c>PALYRA_LONG=1</c>.</summary>
internal static class LongRun
{
    internal static bool IsOn { get; } = Environment.GetEnvironmentVariable("PALYRA_LONG") == "1";
}
