using TaskQueue.Handlers;
using Xunit;

namespace TaskQueue.Tests.Handlers;

/// <summary>A local time in a key. Changes the time zone of the process, since those of build machines mostly are UTC.</summary>
[CollectionDefinition(nameof(LocalTimeKeyTests), DisableParallelization = true)]
[Collection(nameof(LocalTimeKeyTests))]
public sealed class LocalTimeKeyTests : IDisposable
{
    private readonly string? _before = Environment.GetEnvironmentVariable("TZ");

    public LocalTimeKeyTests() => SetZone("Asia/Kolkata");

    [Fact]
    public void A_local_time_has_the_key_of_its_instant()
    {
        var local = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Local);
        Assert.SkipWhen(TimeZoneInfo.Local.BaseUtcOffset == TimeSpan.Zero, "This system has no time zones, or takes none from TZ.");

        Assert.Equal(TimeSpan.FromHours(5.5), TimeZoneInfo.Local.BaseUtcOffset);
        Assert.Equal("2026-01-01T21:34:05.0000000", Key(new OnDate(local)));
        Assert.Equal(Key(new OnDate(local.ToUniversalTime())), Key(new OnDate(local)));
    }

    public void Dispose() => SetZone(_before);

    private static void SetZone(string? zone)
    {
        Environment.SetEnvironmentVariable("TZ", zone);
        TimeZoneInfo.ClearCachedData();
    }

    private static string? Key(OnDate task) => IdempotencyKeyReader.Create(typeof(OnDate), [])!(task);

    private sealed record OnDate([IdempotencyKey] DateTime At);
}
