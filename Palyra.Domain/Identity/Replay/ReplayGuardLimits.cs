namespace Palyra.Domain.Identity.Replay;

/// <summary>How much a <see cref="ReplayGuard"/> may remember.</summary>
/// <param name="NoncesPerDevice">At least 1; beyond it the device is refused with <c>replay_window_full</c>.</param>
/// <param name="NoncesInAll">At least 1; beyond it every device is refused with <c>replay_window_full</c>.</param>
public sealed record ReplayGuardLimits(int NoncesPerDevice = 65_536, int NoncesInAll = 1_048_576);
