using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;

namespace Palyra.Tests.Builders;

/// <summary>Waiting for what other threads and processes do: for something to be so, never for a time. Whoever waits in vain fails.</summary>
internal static class Wait
{
    private const int LooksThatMeanStill = 100;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until something is so.</summary>
    internal static Task UntilAsync(Func<bool> isSo, Func<string>? otherwise = null, [CallerArgumentExpression(nameof(isSo))] string what = "") =>
        UntilAsync(() => Task.FromResult(isSo()), otherwise, what);

    /// <summary>Asks until something is so.</summary>
    internal static async Task UntilAsync(Func<Task<bool>> isSo, Func<string>? otherwise = null, [CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(Moment))
        {
            if (waited.Elapsed > Limit)
            {
                Assert.Fail(otherwise is null ? $"It never came to be so: {what}" : otherwise());
            }
        }
    }

    /// <summary>Waits until a number that others count up stands still, and tells it. On a slow machine it may only seem to: it is then smaller, never larger.</summary>
    internal static async Task<long> UntilStillAsync(Func<long> count)
    {
        var (last, looks) = (0L, 0);
        await UntilAsync(() =>
        {
            var now = count();
            (last, looks) = (now, now == last && now > 0 ? looks + 1 : 0);
            return looks == LooksThatMeanStill;
        });
        return last;
    }

    /// <summary>Moves a clock on, step by step, until something is so that waits for its timers; after each step everybody has a moment to hear of it.</summary>
    /// <returns>By how much it moved; at most by <paramref name="most"/>, which may be too little.</returns>
    internal static async Task<TimeSpan> AdvanceAsync(this FakeTimeProvider clock, TimeSpan step, TimeSpan most, Func<Task<bool>> until)
    {
        var moved = TimeSpan.Zero;
        for (; moved < most && !await until(); moved += step)
        {
            clock.Advance(step);
            await Task.Delay(Moment);
        }

        return moved;
    }

    /// <summary>Moves a clock on, step by step and at most by so much, until something is so.</summary>
    /// <returns>By how much it moved.</returns>
    internal static async Task<TimeSpan> AdvanceUntilAsync(
        this FakeTimeProvider clock, TimeSpan step, TimeSpan most, Func<Task<bool>> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        var moved = await clock.AdvanceAsync(step, most, isSo);
        await UntilAsync(isSo, what: what);
        return moved;
    }

    /// <inheritdoc cref="AdvanceUntilAsync(FakeTimeProvider, TimeSpan, TimeSpan, Func{Task{bool}}, string)"/>
    internal static Task<TimeSpan> AdvanceUntilAsync(
        this FakeTimeProvider clock, TimeSpan step, TimeSpan most, Func<bool> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "") =>
        clock.AdvanceUntilAsync(step, most, () => Task.FromResult(isSo()), what);

    /// <summary>Moves a clock on, step by step and at most by so much, until a task has ended.</summary>
    internal static async Task AdvanceUntilAsync(this FakeTimeProvider clock, TimeSpan step, TimeSpan most, Task happened)
    {
        await clock.AdvanceUntilAsync(step, most, () => happened.IsCompleted);
        await happened;
    }
}
