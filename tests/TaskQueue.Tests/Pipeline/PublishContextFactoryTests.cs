using Xunit;

namespace TaskQueue.Tests.Pipeline;

public sealed class PublishContextFactoryTests : IAsyncDisposable
{
    private readonly PipelineBench _bench = new();

    private DateTimeOffset Now => _bench.Time.GetUtcNow();

    [Fact]
    public void Without_options_a_task_gets_an_id_and_is_due_at_once()
    {
        var context = _bench.CreatePublication();

        Assert.Equal('7', context.TaskId[14]);
        Assert.Equal((PipelineBench.TypeName, "application/x-test", TaskPriority.Normal, TimeSpan.Zero), (context.TaskType, context.Envelope.ContentType, context.Priority, context.Delay));
        Assert.Equal((Now, null, null, "app"), (context.Envelope.EnqueuedAt, context.Envelope.DueAt, context.Envelope.ExpiresAt, context.Envelope.AppId));
    }

    [Fact]
    public void Every_option_travels()
    {
        var context = _bench.CreatePublication(new PublishOptions
        {
            TaskId = "mine",
            Priority = TaskPriority.High,
            Delay = TimeSpan.FromMinutes(1),
            ExpiresAfter = TimeSpan.FromMinutes(2),
            IdempotencyKey = "key",
            CorrelationId = "order",
            Headers = new Dictionary<string, string> { ["tenant"] = "a" },
        });

        Assert.Equal(("mine", TaskPriority.High, "key", "order", "a"), (context.TaskId, context.Priority, context.IdempotencyKey, context.CorrelationId, context.Headers["tenant"]));
        Assert.Equal(TimeSpan.FromMinutes(1), context.Delay);
        Assert.Equal(Now.AddMinutes(1), context.Envelope.DueAt);
        Assert.Equal(Now.AddMinutes(3), context.Envelope.ExpiresAt);
    }

    [Fact]
    public void A_due_time_becomes_the_delay_until_then_in_whole_milliseconds_never_early()
    {
        var context = _bench.CreatePublication(new PublishOptions { DueAt = Now.AddSeconds(1).AddTicks(1).ToOffset(TimeSpan.FromHours(2)) });

        Assert.Equal(Now.AddMilliseconds(1001), context.Envelope.DueAt);
        Assert.Equal(TimeSpan.FromMilliseconds(1001), context.Delay);
    }

    [Fact]
    public void A_due_time_in_the_past_means_at_once()
    {
        var context = _bench.CreatePublication(new PublishOptions { DueAt = Now.AddYears(-100), ExpiresAfter = TimeSpan.FromSeconds(1) });

        Assert.Equal((TimeSpan.Zero, null, Now.AddSeconds(1)), (context.Delay, context.Envelope.DueAt, context.Envelope.ExpiresAt));
    }

    [Fact]
    public void An_expiry_beyond_the_calendar_is_none() =>
        Assert.Null(_bench.CreatePublication(new PublishOptions { ExpiresAfter = TimeSpan.MaxValue }).Envelope.ExpiresAt);

    [Fact]
    public void Options_out_of_range_are_refused_with_the_cure()
    {
        Refused("Delay", new PublishOptions { Delay = TimeSpan.FromSeconds(1), DueAt = Now });
        Refused("Delay", new PublishOptions { Delay = TimeSpan.FromTicks(-1) });
        Refused("Delay", new PublishOptions { Delay = TimeSpan.FromDays(3651) });
        Refused("DueAt", new PublishOptions { DueAt = DateTimeOffset.MaxValue });
        Refused("ExpiresAfter", new PublishOptions { ExpiresAfter = TimeSpan.Zero });
        Refused("priority", new PublishOptions { Priority = (TaskPriority)5 });
        Refused("TaskId", new PublishOptions { TaskId = "" });
        Refused("TaskId", new PublishOptions { TaskId = new string('ä', 101) });
        Refused("IdempotencyKey", new PublishOptions { IdempotencyKey = "" });
        Refused("CorrelationId", new PublishOptions { CorrelationId = new string('c', 201) });
        Refused("tq-attempt", new PublishOptions { Headers = new Dictionary<string, string> { ["tq-attempt"] = "9" } });
        Refused("'CC' is reserved", new PublishOptions { Headers = new Dictionary<string, string> { ["CC"] = "ops" } });
        Refused("'BCC' is reserved", new PublishOptions { Headers = new Dictionary<string, string> { ["BCC"] = "ops" } });
        Refused("tenant", new PublishOptions { Headers = new Dictionary<string, string> { ["tenant"] = null! } });
    }

    [Fact]
    public void An_idempotency_key_may_have_any_length_and_travels_in_a_form_that_every_store_can_hold()
    {
        Assert.Equal(new string('k', 200), _bench.CreatePublication(new PublishOptions { IdempotencyKey = new string('k', 200) }).IdempotencyKey);
        Assert.StartsWith("sha256:", _bench.CreatePublication(new PublishOptions { IdempotencyKey = new string('k', 100_000) }).IdempotencyKey, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_are_counted_in_bytes_and_the_limit_itself_is_allowed()
    {
        var id = new string('ä', 100);

        Assert.Equal(id, _bench.CreatePublication(new PublishOptions { TaskId = id }).TaskId);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private void Refused(string name, PublishOptions options) =>
        Assert.Contains(name, Assert.ThrowsAny<ArgumentException>(() => _bench.CreatePublication(options)).Message, StringComparison.OrdinalIgnoreCase);
}
