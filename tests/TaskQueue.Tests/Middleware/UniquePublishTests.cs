using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using TaskQueue.Idempotency;
using TaskQueue.Pipeline;
using TaskQueue.Tests.Pipeline;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.Tests.Middleware;

public sealed class UniquePublishTests : IAsyncDisposable
{
    private static readonly Exception Away = new InvalidOperationException("no connection");

    private readonly UniqueBench _bench = new();

    [Fact]
    public async Task The_first_task_is_accepted_and_carries_its_key_window_and_place()
    {
        var receipt = await _bench.PublishAsync("a");

        Assert.Equal((PublishOutcome.Accepted, null, "tq.tasks"), (receipt.Outcome, receipt.OtherTaskId, receipt.Exchange));
        var mark = Assert.Single(_bench.Broker.Sent).Envelope.Unique!;
        Assert.Equal((UniqueBench.Key, UniqueBench.Window), (mark.Key, mark.Window));
        Assert.True(mark.Position > 0);
        Assert.Equal(UniqueState.Waiting, await _bench.FindAsync());
    }

    [Fact]
    public async Task A_second_one_is_skipped_and_its_receipt_names_the_first()
    {
        await _bench.PublishAsync("a");

        var receipt = await _bench.PublishAsync("b");

        Assert.Equal(new PublishReceipt("b", PipelineBench.TypeName, "", "") { Outcome = PublishOutcome.Skipped, OtherTaskId = "a" }, receipt);
        Assert.Single(_bench.Broker.Sent);
    }

    [Fact]
    public async Task A_second_one_replaces_the_first_and_only_it_runs()
    {
        await _bench.PublishAsync("a");

        var receipt = await _bench.PublishAsync("b", DuplicateAction.Replace);

        Assert.Equal((PublishOutcome.Replaced, "a", "tq.tasks"), (receipt.Outcome, receipt.OtherTaskId, receipt.Exchange));
        Assert.Equal(new TaskOutcome.Discarded("replaced"), await _bench.RunAsync("a"));
        Assert.Equal(TaskOutcome.Done, await _bench.RunAsync("b"));
        Assert.Equal(1, _bench.Pipeline.Calls.Count);
    }

    [Fact]
    public async Task One_that_comes_too_late_to_replace_the_first_is_skipped()
    {
        await _bench.PublishAsync("a");
        await _bench.RunAsync("a");

        var receipt = await _bench.PublishAsync("b", DuplicateAction.Replace);

        Assert.Equal((PublishOutcome.Skipped, "a"), (receipt.Outcome, receipt.OtherTaskId));
        Assert.Single(_bench.Broker.Sent);
    }

    [Fact]
    public async Task One_that_was_sent_while_the_first_started_is_skipped_and_discarded()
    {
        await _bench.PublishAsync("a");
        _bench.Broker.Sending = _ => _bench.RunAsync("a");

        var receipt = await _bench.PublishAsync("b", DuplicateAction.Replace);

        Assert.Equal((PublishOutcome.Skipped, "a"), (receipt.Outcome, receipt.OtherTaskId));
        Assert.Equal(new TaskOutcome.Discarded("not-replaced"), await _bench.RunAsync("b"));
    }

    [Fact]
    public async Task A_second_one_is_rejected_with_the_first_ones_id()
    {
        await _bench.PublishAsync("a");

        var error = await Assert.ThrowsAsync<DuplicateTaskException>(async () => await _bench.PublishAsync("b", DuplicateAction.Reject));

        Assert.Equal(("b", "a", UniqueBench.Key, false, "docs/errors.md#duplicate"), (error.TaskId, error.OtherTaskId, error.Key, error.OutcomeUnknown, error.HelpLink));
        Assert.Contains("'a'", error.Message, StringComparison.Ordinal);
        Assert.Single(_bench.Broker.Sent);
    }

    [Fact]
    public async Task The_key_is_free_after_its_window()
    {
        await _bench.PublishAsync("a");
        _bench.Pipeline.Time.Advance(UniqueBench.Window);

        Assert.Equal(PublishOutcome.Accepted, (await _bench.PublishAsync("b")).Outcome);
    }

    [Fact]
    public async Task A_task_without_a_unique_key_never_asks_the_store()
    {
        var receipt = await _bench.Pipeline.PublishAsync();
        await _bench.Pipeline.RunAsync();

        Assert.Equal(PublishOutcome.Accepted, receipt.Outcome);
        Assert.Empty(_bench.Store.Calls);
    }

    [Fact]
    public async Task A_publish_that_failed_for_certain_frees_the_key()
    {
        _bench.Broker.Error = UniqueBench.Refused("a");

        Assert.Same(_bench.Broker.Error, await Assert.ThrowsAsync<TaskRefusedException>(async () => await _bench.PublishAsync("a")));

        _bench.Broker.Error = null;
        Assert.Equal(PublishOutcome.Accepted, (await _bench.PublishAsync("b")).Outcome);
    }

    [Fact]
    public async Task A_publish_whose_outcome_is_unknown_holds_the_key_until_it_is_repeated_or_its_hold_ends()
    {
        _bench.Broker.Error = UniqueBench.Refused("a", outcomeUnknown: true);
        await Assert.ThrowsAsync<TaskRefusedException>(async () => await _bench.PublishAsync("a"));
        Assert.Equal(UniqueState.Publishing, await _bench.FindAsync());

        _bench.Broker.Error = null;
        Assert.Equal(PublishOutcome.Accepted, (await _bench.PublishAsync("a")).Outcome);
        Assert.Equal(UniqueState.Waiting, await _bench.FindAsync());
    }

    [Fact]
    public async Task A_repetition_that_fails_for_certain_does_not_free_the_key_of_what_may_have_been_accepted_before()
    {
        _bench.Broker.Error = UniqueBench.Refused("a", outcomeUnknown: true);
        await Assert.ThrowsAsync<TaskRefusedException>(async () => await _bench.PublishAsync("a"));
        _bench.Broker.Error = UniqueBench.Refused("a");
        await Assert.ThrowsAsync<TaskRefusedException>(async () => await _bench.PublishAsync("a"));

        Assert.Equal(UniqueState.Publishing, await _bench.FindAsync());
    }

    [Fact]
    public async Task A_publisher_that_dies_after_its_reservation_blocks_the_key_for_the_deadline_and_a_margin()
    {
        _bench.Broker.Error = new InvalidOperationException("the process has died");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _bench.PublishAsync("dead"));
        Assert.Equal(TimeSpan.FromSeconds(40), _bench.Store.LastHold);

        _bench.Broker.Error = null;
        _bench.Pipeline.Time.Advance(TimeSpan.FromSeconds(40));

        Assert.Equal(PublishOutcome.Accepted, (await _bench.PublishAsync("b")).Outcome);
    }

    [Fact]
    public async Task A_publisher_that_dies_before_its_confirmation_has_its_task_run_all_the_same()
    {
        await PublishAndDieAsync("a", DuplicateAction.Skip);

        Assert.Equal(TaskOutcome.Done, await _bench.RunAsync("a"));
        Assert.Equal((PublishOutcome.Skipped, "a"), await OutcomeAsync("b"));
    }

    [Fact]
    public async Task Of_one_to_replace_whose_publisher_dies_before_its_confirmation_and_the_earlier_one_whichever_starts_first_runs_alone()
    {
        await _bench.PublishAsync("a");
        await PublishAndDieAsync("b", DuplicateAction.Replace);
        Assert.Equal(TaskOutcome.Done, await _bench.RunAsync("b"));
        Assert.Equal(new TaskOutcome.Discarded("replaced"), await _bench.RunAsync("a"));

        _bench.Pipeline.Time.Advance(UniqueBench.Window);
        await _bench.PublishAsync("c");
        await PublishAndDieAsync("d", DuplicateAction.Replace);
        Assert.Equal(TaskOutcome.Done, await _bench.RunAsync("c"));
        Assert.Equal(new TaskOutcome.Discarded("not-replaced"), await _bench.RunAsync("d"));
    }

    [Theory]
    [InlineData(DuplicateAction.Skip)]
    [InlineData(DuplicateAction.Replace)]
    [InlineData(DuplicateAction.Reject)]
    public async Task Nothing_is_published_while_the_store_is_away(DuplicateAction action)
    {
        _bench.Store.Error = _ => Away;

        var error = await Assert.ThrowsAsync<UniqueStoreException>(async () => await _bench.PublishAsync("a", action));

        Assert.Equal(("a", false, Away, "docs/errors.md#unique-store"), (error.TaskId, error.OutcomeUnknown, error.InnerException, error.HelpLink));
        Assert.Empty(_bench.Broker.Sent);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_given_up_after_five_seconds()
    {
        _bench.Store.Silent = "reserve";
        var publishing = _bench.PublishAsync("a").AsTask();

        await AdvanceUntilAsync(publishing, StoreDeadline.Patience);

        Assert.IsType<TimeoutException>((await Assert.ThrowsAsync<UniqueStoreException>(() => publishing)).InnerException);
    }

    [Fact]
    public async Task What_the_broker_has_is_accepted_also_when_the_store_cannot_be_told()
    {
        _bench.Store.Error = call => call == "confirm" ? Away : null;

        Assert.Equal(PublishOutcome.Accepted, (await _bench.PublishAsync("a")).Outcome);

        Assert.Contains(_bench.Pipeline.Logs.GetSnapshot(), line => line.Id.Id == 1031 && line.Level == LogLevel.Warning);
        Assert.Equal(UniqueState.Publishing, await _bench.FindAsync());
    }

    [Fact]
    public async Task Whether_a_task_was_replaced_is_unknown_when_the_store_could_not_be_told_until_it_is_published_again()
    {
        await _bench.PublishAsync("a");
        _bench.Store.Error = call => call == "confirm" ? Away : null;

        var error = await Assert.ThrowsAsync<UniqueStoreException>(async () => await _bench.PublishAsync("b", DuplicateAction.Replace));

        Assert.True(error.OutcomeUnknown);
        _bench.Store.Error = _ => null;
        Assert.Equal((PublishOutcome.Replaced, "a"), await OutcomeAsync("b", DuplicateAction.Replace));
        Assert.Equal(new TaskOutcome.Discarded("replaced"), await _bench.RunAsync("a"));
        foreach (var copy in _bench.Broker.Sent.Where(sent => sent.TaskId == "b"))
        {
            Assert.Equal(TaskOutcome.Done, await _bench.Pipeline.RunAsync(copy.Envelope));
        }
    }

    [Fact]
    public async Task A_key_that_cannot_be_freed_is_free_after_its_hold_and_the_caller_gets_the_brokers_error()
    {
        _bench.Store.Error = call => call == "cancel" ? Away : null;
        _bench.Broker.Error = UniqueBench.Refused("a");

        await Assert.ThrowsAsync<TaskRefusedException>(async () => await _bench.PublishAsync("a"));

        Assert.Contains(_bench.Pipeline.Logs.GetSnapshot(), line => line.Id.Id == 1032 && line.Level == LogLevel.Warning);
    }

    [Fact]
    public async Task One_that_would_be_skipped_waits_until_the_first_is_safe()
    {
        var sent = new TaskCompletionSource();
        _bench.Broker.Sending = _ => sent.Task;
        var first = _bench.PublishAsync("a").AsTask();
        var second = _bench.PublishAsync("b").AsTask();
        Assert.False(second.IsCompleted);

        sent.SetResult();
        await AdvanceUntilAsync(second, TimeSpan.FromMilliseconds(20));

        Assert.Equal(PublishOutcome.Accepted, (await first).Outcome);
        Assert.Equal((PublishOutcome.Skipped, "a"), ((await second).Outcome, (await second).OtherTaskId));
    }

    [Fact]
    public async Task One_that_would_be_skipped_is_published_when_the_first_ones_publish_fails()
    {
        var sent = new TaskCompletionSource();
        _bench.Broker.Sending = context => context.TaskId == "a" ? sent.Task : Task.CompletedTask;
        var first = _bench.PublishAsync("a").AsTask();
        var second = _bench.PublishAsync("b").AsTask();

        sent.SetException(UniqueBench.Refused("a"));
        await Assert.ThrowsAsync<TaskRefusedException>(() => first);
        await AdvanceUntilAsync(second, TimeSpan.FromMilliseconds(20));

        Assert.Equal(PublishOutcome.Accepted, (await second).Outcome);
    }

    [Fact]
    public async Task One_that_waits_for_the_first_until_its_deadline_is_a_duplicate_whose_sender_knows_it()
    {
        await _bench.Store.ReserveAsync(new UniqueKey(PipelineBench.TypeName, UniqueBench.Key), "a", TimeSpan.FromDays(1), CancellationToken.None);
        var second = _bench.PublishAsync("b").AsTask();

        await AdvanceUntilAsync(second, TimeSpan.FromSeconds(5));

        Assert.Equal("a", (await Assert.ThrowsAsync<DuplicateTaskException>(() => second)).OtherTaskId);
    }

    [Fact]
    public async Task Neither_a_rejection_nor_a_replacement_waits_for_the_first()
    {
        var sent = new TaskCompletionSource();
        _bench.Broker.Sending = context => context.TaskId == "a" ? sent.Task : Task.CompletedTask;
        var first = _bench.PublishAsync("a").AsTask();

        await Assert.ThrowsAsync<DuplicateTaskException>(async () => await _bench.PublishAsync("b", DuplicateAction.Reject));
        Assert.Equal((PublishOutcome.Replaced, "a"), await OutcomeAsync("c", DuplicateAction.Replace));
        sent.SetResult();

        Assert.Equal((PublishOutcome.Skipped, "c"), ((await first).Outcome, (await first).OtherTaskId));
        Assert.Equal(new TaskOutcome.Discarded("replaced"), await _bench.RunAsync("a"));
    }

    [Fact]
    public async Task A_caller_who_no_longer_waits_while_the_broker_is_asked_leaves_the_key_held()
    {
        _bench.Broker.Error = new OperationCanceledException();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await _bench.PublishAsync("a"));

        Assert.Equal(UniqueState.Publishing, await _bench.FindAsync());
    }

    [Fact]
    public async Task The_users_middleware_may_refuse_or_publish_again_without_a_key_that_stays_held()
    {
        var settings = new[] { typeof(TwiceMiddleware) };
        await using var bench = new UniqueBench(settings: s => s with { Middleware = settings }, services: services => services.AddSingleton<TwiceMiddleware>());
        bench.Broker.Error = UniqueBench.Refused("a");
        bench.Broker.ErrorOnce = true;

        Assert.Equal(PublishOutcome.Accepted, (await bench.PublishAsync("a")).Outcome);
    }

    [Fact]
    public async Task What_became_of_unique_tasks_is_counted_and_what_was_skipped_was_not_sent()
    {
        var meters = _bench.Pipeline.Services.GetRequiredService<IMeterFactory>();
        using var unique = new MetricCollector<long>(meters, "TaskQueue", "taskqueue.unique");
        using var sent = new MetricCollector<long>(meters, "TaskQueue", "messaging.client.sent.messages");

        await _bench.PublishAsync("a");
        await _bench.PublishAsync("b");
        await _bench.PublishAsync("c", DuplicateAction.Replace);
        await Assert.ThrowsAsync<DuplicateTaskException>(async () => await _bench.PublishAsync("d", DuplicateAction.Reject));
        await _bench.RunAsync("a");

        Assert.Equal(["skipped", "replaced", "rejected", "discarded"], unique.GetMeasurementSnapshot().Select(one => one.Tags["taskqueue.outcome"]));
        Assert.Equal(2, sent.GetMeasurementSnapshot().Count(one => !one.Tags.ContainsKey("error.type")));
    }

    [Fact]
    public async Task That_the_memory_of_a_process_is_no_shared_store_is_said_once()
    {
        await using var bench = new PipelineBench();
        var options = new PublishOptions { Unique = new UniqueOptions { Key = "k" } };

        await bench.PublishAsync(options);
        await bench.PublishAsync(options);

        Assert.Single(bench.Logs.GetSnapshot(), line => line.Id.Id == 1030 && line.Level == LogLevel.Warning);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    private async Task<(PublishOutcome Outcome, string? OtherTaskId)> OutcomeAsync(string id, DuplicateAction action = DuplicateAction.Skip)
    {
        var receipt = await _bench.PublishAsync(id, action);
        return (receipt.Outcome, receipt.OtherTaskId);
    }

    // The task is with the broker; nobody hears of its publisher again.
    private async Task PublishAndDieAsync(string id, DuplicateAction action)
    {
        _bench.Broker.SentError = new InvalidOperationException("the process has died");
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await _bench.PublishAsync(id, action));
        _bench.Broker.SentError = null;
    }

    private async Task AdvanceUntilAsync(Task task, TimeSpan step) =>
        await Eventually.TrueAsync(
            () =>
            {
                _bench.Pipeline.Time.Advance(step);
                return task.IsCompleted;
            },
            "the publish to end");

    private sealed class TwiceMiddleware : IPublishMiddleware
    {
        public async ValueTask<PublishReceipt> InvokeAsync(PublishContext context, PublishDelegate next, CancellationToken cancellationToken)
        {
            try
            {
                return await next(context, cancellationToken);
            }
            catch (TaskRefusedException)
            {
                return await next(context, cancellationToken);
            }
        }
    }
}
