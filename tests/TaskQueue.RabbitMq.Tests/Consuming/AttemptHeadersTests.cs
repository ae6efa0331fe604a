using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.Suspects;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Consuming;

public sealed class AttemptHeadersTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000);

    [Fact]
    public void The_first_copy_of_a_task_without_an_enqueue_time_is_stamped_so_that_it_grows_old()
    {
        Assert.Equal(1_700_000_000_000L, AttemptHeaders.Retry(Envelope(), default, error: null, Now)["tq-enqueued-at"]);
        Assert.Equal(1_700_000_000_000L, AttemptHeaders.Defer(Envelope(), Now)["tq-enqueued-at"]);
    }

    [Fact]
    public void A_known_enqueue_time_is_kept()
    {
        var envelope = Envelope(enqueuedAt: Now.AddDays(-1));

        Assert.Equal(1_699_913_600_000L, AttemptHeaders.Retry(envelope, default, error: null, Now)["tq-enqueued-at"]);
    }

    [Theory]
    [InlineData(59, 1_700_000_059_000L)]
    [InlineData(61, 1_700_000_000_000L)]
    [InlineData(86_400_000, 1_700_000_000_000L)]
    public void A_time_in_the_future_that_no_clock_explains_is_the_present_so_that_it_grows_old(int secondsAhead, long written)
    {
        Assert.Equal(written, AttemptHeaders.Defer(Envelope(enqueuedAt: Now.AddSeconds(secondsAhead)), Now)["tq-enqueued-at"]);
        Assert.Equal(written, AttemptHeaders.Retry(Envelope(dueAt: Now.AddSeconds(secondsAhead)), default, error: null, Now)["tq-enqueued-at"]);
    }

    [Fact]
    public void The_age_of_a_scheduled_task_counts_from_its_due_time()
    {
        var headers = AttemptHeaders.Defer(Envelope(enqueuedAt: Now.AddDays(-9), dueAt: Now.AddSeconds(-1)), Now);

        Assert.Equal(1_699_999_999_000L, headers["tq-enqueued-at"]);
        Assert.Null(Assert.Contains("tq-due-at", headers));
    }

    [Fact]
    public void The_next_attempt_begins_without_crashes()
    {
        var headers = AttemptHeaders.Retry(Envelope(), new CrashHistory(Before: 3, Here: 1, AsSuspect: 0, SuspectSince: Now), error: null, Now);

        Assert.All(new[] { "tq-crashes", "tq-suspect-since", "tq-suspect-crashes" }, name => Assert.Null(Assert.Contains(name, headers)));
        Assert.DoesNotContain("tq-crashes", AttemptHeaders.Retry(Envelope(), default, error: null, Now));
    }

    private static TaskEnvelope Envelope(DateTimeOffset? enqueuedAt = null, DateTimeOffset? dueAt = null) =>
        new() { TaskId = "id-1", TaskType = "ship", ContentType = "application/json", EnqueuedAt = enqueuedAt, DueAt = dueAt };
}
