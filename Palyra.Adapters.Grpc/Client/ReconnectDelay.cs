using System.Security.Cryptography;

namespace Palyra.Adapters.Grpc.Client;

/// <summary>How long to wait before the next try: doubling up to a limit, half of it random, so that a thousand nodes do not come back at once.</summary>
internal sealed class ReconnectDelay(TimeSpan min, TimeSpan max)
{
    private int _failures;

    internal void Reset() => _failures = 0;

    internal TimeSpan Next()
    {
        var ceiling = Math.Min(max.TotalMilliseconds, min.TotalMilliseconds * Math.Pow(2, Math.Min(_failures++, 30)));
        return TimeSpan.FromMilliseconds(ceiling / 2 * (1 + RandomNumberGenerator.GetInt32(0, 1001) / 1000.0));
    }
}
