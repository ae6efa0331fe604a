using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Outbox;

/// <summary>The direct publisher measures what it has encoded; the outbox has to come to the same size before there is anything to encode it for.</summary>
public sealed class OutboxLimitTests(VirtualHost broker) : IClassFixture<VirtualHost>, IAsyncLifetime
{
    private readonly TestDatabase _database = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _database.InitializeAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [MemberData(nameof(Options))]
    public async Task Properties_and_headers_are_measured_to_the_byte_as_the_direct_publisher_does(string _, PublishOptions options, string? traceState)
    {
        using var span = traceState is null ? null : new Activity("the caller").SetIdFormat(ActivityIdFormat.W3C).Start();
        span?.TraceStateString = traceState;
        await using var process = await OutboxProcess.StartAsync(_database.ConnectionString, broker.AmqpUri, queue => queue.AddHandler<ChargeHandler>());
        var publisher = process.Services.GetRequiredService<ITaskPublisher>();
        var direct = await Assert.ThrowsAsync<TaskTooLargeException>(async () => await publisher.PublishAsync(new Charge(1), With(options, 40_000), Token));

        var kept = await Assert.ThrowsAsync<TaskTooLargeException>(() => process.PublishAsync(_database.Source, new Charge(1), With(options, 40_000)));

        Assert.Equal((direct.Size, direct.Limit, direct.Message.Replace(direct.TaskId, "", StringComparison.Ordinal)), (kept.Size, kept.Limit, kept.Message.Replace(kept.TaskId, "", StringComparison.Ordinal)));
        var fits = 40_000 - (int)(kept.Size - kept.Limit);
        await Assert.ThrowsAsync<TaskTooLargeException>(() => process.PublishAsync(_database.Source, new Charge(1), With(options, fits + 1)));
        await process.Handled.WaitForAsync(await process.PublishAsync(_database.Source, new Charge(1), With(options, fits)));
    }

    public static TheoryData<string, PublishOptions, string?> Options() => new()
    {
        { "nothing else", new PublishOptions(), null },
        {
            "everything else",
            new PublishOptions
            {
                Priority = TaskPriority.Low,
                IdempotencyKey = "charge:ü",
                CorrelationId = "album-🚚",
                Delay = TimeSpan.FromMilliseconds(1),
                ExpiresAfter = TimeSpan.FromHours(1),
                Headers = new Dictionary<string, string> { ["tenänt"] = "ac\"me\0 \ud83d\ude9a", ["empty"] = "" },
            },
            "vendor=1"
        },
    };

    private static PublishOptions With(PublishOptions options, int length) => options with { Headers = new Dictionary<string, string>(options.Headers ?? new Dictionary<string, string>()) { ["long"] = new string('x', length) } };
}
