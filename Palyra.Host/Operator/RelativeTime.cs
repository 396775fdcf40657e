using System.Globalization;

namespace Palyra.Host.Operator;

/// <summary>How long ago, or how soon: <c>3 s ago</c>, <c>in 9 min</c>. The unit is the largest of which there are two.</summary>
internal static class RelativeTime
{
    private const long Limit = long.MaxValue / 4;

    internal static string Format(long milliseconds, long now)
    {
        var away = Math.Abs(Math.Clamp(milliseconds, -Limit, Limit) - now) / 1000;
        var (count, unit) = away switch
        {
            < 120 => (away, "s"),
            < 120 * 60 => (away / 60, "min"),
            < 48 * 3600 => (away / 3600, "h"),
            _ => (away / 86_400, "d"),
        };
        var amount = string.Create(CultureInfo.InvariantCulture, $"{count} {unit}");
        return milliseconds > now ? $"in {amount}" : $"{amount} ago";
    }
}
