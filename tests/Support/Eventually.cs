using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace TaskQueue.Tests.Support;

/// <summary>
/// Waits for something that comes true by itself, with a deadline and a failure that says what was seen last. The only place in
/// the tests that waits by the clock; to show that something does *not* come, publish a sentinel after it instead.
/// </summary>
public static class Eventually
{
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Waits until a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="what">What is waited for, in words.</param>
    /// <param name="within">Deadline; 30 s by default.</param>
    public static Task TrueAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "", TimeSpan? within = null) =>
        TrueAsync(() => Task.FromResult(condition()), what, within);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string, TimeSpan?)"/>
    public static Task TrueAsync(Func<Task<bool>> condition, [CallerArgumentExpression(nameof(condition))] string what = "", TimeSpan? within = null) =>
        PollAsync(condition, seen => seen, what, within);

    /// <summary>Waits until a value equals the expected one.</summary>
    /// <param name="expected">The expected value.</param>
    /// <param name="actual">Reads the value.</param>
    /// <param name="what">What is waited for, in words.</param>
    /// <param name="within">Deadline; 30 s by default.</param>
    public static Task EqualAsync<T>(T expected, Func<T> actual, [CallerArgumentExpression(nameof(actual))] string what = "", TimeSpan? within = null) =>
        EqualAsync(expected, () => Task.FromResult(actual()), what, within);

    /// <inheritdoc cref="EqualAsync{T}(T, Func{T}, string, TimeSpan?)"/>
    public static Task EqualAsync<T>(T expected, Func<Task<T>> actual, [CallerArgumentExpression(nameof(actual))] string what = "", TimeSpan? within = null) =>
        PollAsync(actual, seen => EqualityComparer<T>.Default.Equals(seen, expected), $"{what} to be '{expected}'", within);

    /// <summary>Waits until there is a value, and returns it.</summary>
    /// <param name="value">Reads the value, null when it is not there yet.</param>
    /// <param name="what">What is waited for, in words.</param>
    /// <param name="within">Deadline; 30 s by default.</param>
    public static async Task<T> NotNullAsync<T>(Func<Task<T?>> value, [CallerArgumentExpression(nameof(value))] string what = "", TimeSpan? within = null)
        where T : class => (await PollAsync(value, seen => seen is not null, what, within))!;

    /// <summary>Waits until assertions pass; fails with what they said last.</summary>
    /// <param name="assertions">Asserts with xunit's <see cref="Assert"/>.</param>
    /// <param name="within">Deadline; 30 s by default.</param>
    public static async Task PassesAsync(Func<Task> assertions, TimeSpan? within = null)
    {
        Exception? last = null;
        async Task<bool> PassAsync()
        {
            try
            {
                await assertions();
                return true;
            }
            catch (Exception exception) when (exception is Xunit.Sdk.IAssertionException)
            {
                last = exception;
                return false;
            }
        }

        if (!await KeepAskingAsync(PassAsync, passed => passed, within))
            Assert.Fail($"Waited {Seconds(within)} in vain. {last?.Message}");
    }

    private static async Task<T> PollAsync<T>(Func<Task<T>> read, Func<T, bool> isGood, string what, TimeSpan? within)
    {
        T seen = default!;
        async Task<T> ReadAsync() => seen = await read();
        if (!await KeepAskingAsync(ReadAsync, isGood, within))
            Assert.Fail($"Waited {Seconds(within)} in vain for {what}. Seen last: '{(object?)seen ?? "nothing"}'.");
        return seen;
    }

    private static async Task<bool> KeepAskingAsync<T>(Func<Task<T>> read, Func<T, bool> isGood, TimeSpan? within)
    {
        var deadline = within ?? DefaultDeadline;
        var since = Stopwatch.GetTimestamp();
        while (!isGood(await read()))
        {
            if (Stopwatch.GetElapsedTime(since) > deadline)
                return false;
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }

        return true;
    }

    private static string Seconds(TimeSpan? within) => $"{(within ?? DefaultDeadline).TotalSeconds} s";
}
