using Xunit;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.DeadLetters;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.RabbitMq.Tests.Consuming;

namespace TaskQueue.RabbitMq.Tests.DeadLetters;

public sealed class DeadLetterHeadersTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000));

    [Fact]
    public void All_evidence_is_there()
    {
        var headers = Of(new TaskOutcome.DeadLettered("attempts-exhausted", Thrown("no paper")), Envelope(attempt: 5, firstFailedAt: 1_600_000_000_000));

        Assert.Equal("attempts-exhausted", headers["tq-dead-reason"]);
        Assert.Equal("System.InvalidOperationException", headers["tq-dead-error-type"]);
        Assert.Equal("no paper", headers["tq-dead-error-message"]);
        Assert.Contains(nameof(Thrown), Assert.IsType<string>(headers["tq-dead-error-stack"]), StringComparison.Ordinal);
        Assert.Equal((1_700_000_000_000L, 1_600_000_000_000L), (headers["tq-dead-at"], headers["tq-dead-first-failed-at"]));
        Assert.Equal(5L, headers["tq-dead-attempts"]);
        Assert.Equal(("tq.ship", "tq.tasks", "ship.normal", "worker-1"), (headers["tq-dead-queue"], headers["tq-dead-exchange"], headers["tq-dead-routing-key"], headers["tq-dead-worker"]));
    }

    [Fact]
    public void A_timeout_tells_where_its_handler_was()
    {
        var headers = Of(new TaskOutcome.DeadLettered("attempts-exhausted", new TimeoutException("too slow", Thrown("stopped"))), Envelope());

        Assert.Contains(nameof(Thrown), Assert.IsType<string>(headers["tq-dead-error-stack"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tq-attempt")]
    [InlineData("tq-first-failed-at")]
    [InlineData("tq-last-error")]
    [InlineData("tq-due-at")]
    [InlineData("tq-early-rounds")]
    public void What_steers_attempts_is_removed_so_that_a_replay_runs_afresh(string name)
    {
        Assert.Null(Assert.Contains(name, Of(new TaskOutcome.DeadLettered("why", null), Envelope())));
    }

    [Fact]
    public void Crashes_become_evidence_and_a_replay_begins_without_any()
    {
        var original = new Dictionary<string, object?> { ["tq-crashes"] = 3, ["x-delivery-count"] = 2L, ["tq-suspect-since"] = 6L, ["tq-suspect-crashes"] = 1 };
        var headers = Of(new TaskOutcome.DeadLettered(DeadLetterReasons.Poison, new InvalidOperationException("x")), Envelope(), original);

        Assert.Equal(5, headers["tq-dead-crashes"]);
        Assert.All(new[] { "tq-crashes", "tq-suspect-since", "tq-suspect-crashes" }, name => Assert.Null(Assert.Contains(name, headers)));
    }

    [Fact]
    public void A_task_without_crashes_says_nothing_of_them() =>
        Assert.Null(Of(new TaskOutcome.DeadLettered("why", null), Envelope(), [])["tq-dead-crashes"]);

    [Fact]
    public void Age_and_expiry_become_evidence_so_that_a_replay_is_neither_too_old_nor_expired()
    {
        var original = new Dictionary<string, object?> { ["tq-enqueued-at"] = 5L, ["tq-expires-at"] = 6L };
        var headers = Of(new TaskOutcome.DeadLettered("why", null), Envelope(), original);

        Assert.Null(Assert.Contains("tq-enqueued-at", headers));
        Assert.Null(Assert.Contains("tq-expires-at", headers));
        Assert.Equal((5L, 6L), (headers["tq-dead-enqueued-at"], headers["tq-dead-expires-at"]));
    }

    [Fact]
    public void A_unique_key_becomes_evidence_so_that_a_replay_runs_whichever_task_has_the_key_by_then()
    {
        var original = new Dictionary<string, object?> { ["tq-unique-key"] = "import:7", ["tq-unique-window"] = 5L, ["tq-unique-position"] = 6L };
        var headers = Of(new TaskOutcome.DeadLettered("why", null), Envelope(), original);

        Assert.All(original.Keys, name => Assert.Null(Assert.Contains(name, headers)));
        Assert.Equal("import:7", headers["tq-dead-unique-key"]);
    }

    [Fact]
    public void A_task_that_waited_for_its_handler_to_be_deployed_is_not_too_old_for_it() =>
        Assert.Null(Assert.Contains("tq-enqueued-at", Of(new TaskOutcome.DeadLettered(DeadLetterReasons.UnknownTaskType, null), envelope: null, new() { ["tq-enqueued-at"] = 5L })));

    [Fact]
    public void Of_a_message_that_could_not_be_read_nothing_is_removed() =>
        Assert.DoesNotContain("tq-attempt", Of(new TaskOutcome.DeadLettered(DeadLetterReasons.InvalidHeader, new InvalidDataException("x")), envelope: null));

    [Fact]
    public void A_task_that_ended_before_its_handler_did_not_spend_the_attempt() =>
        Assert.Equal(0L, Of(new TaskOutcome.DeadLettered(DeadLetterReasons.Expired, null), Envelope())["tq-dead-attempts"]);

    [Fact]
    public void Evidence_of_an_earlier_death_is_overwritten_or_removed() =>
        Assert.Null(Assert.Contains("tq-dead-error-stack", Of(new TaskOutcome.DeadLettered("why", null), Envelope())));

    [Fact]
    public void Long_texts_are_cut_at_whole_characters()
    {
        var headers = Of(new TaskOutcome.DeadLettered(new string('r', 1000), Thrown(new string('ü', 50_000))), Envelope());

        Assert.InRange(Size(headers["tq-dead-reason"]), 200, 255);
        Assert.InRange(Size(headers["tq-dead-error-message"]), 1000, 1024);
        Assert.InRange(Size(headers["tq-dead-error-stack"]), 8000, 8192);
        Assert.EndsWith("ü…", (string)headers["tq-dead-error-message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_that_is_full_of_headers_gets_no_stack()
    {
        var crowded = new Dictionary<string, object?> { ["big"] = new byte[100_000] };

        Assert.Null(Of(new TaskOutcome.DeadLettered("why", Thrown("x")), Envelope(), crowded)["tq-dead-error-stack"]);
    }

    private Dictionary<string, object?> Of(TaskOutcome.DeadLettered end, TaskEnvelope? envelope, Dictionary<string, object?>? headers = null)
    {
        var delivery = Deliveries.Of(Deliveries.Source(), properties: new BasicProperties { Headers = headers });
        return new DeadLetterHeaders(new WorkerIdentity("worker-1", "shop"), _time).Of(delivery, envelope, CrashHistory.Of(headers), end);
    }

    private static TaskEnvelope Envelope(int attempt = 1, long? firstFailedAt = null) => new()
    {
        TaskId = "id",
        TaskType = "ship",
        ContentType = "application/json",
        Attempt = attempt,
        FirstFailedAt = firstFailedAt is { } time ? DateTimeOffset.FromUnixTimeMilliseconds(time) : null,
    };

    private static InvalidOperationException Thrown(string message)
    {
        try
        {
            throw new InvalidOperationException(message);
        }
        catch (InvalidOperationException error)
        {
            return error;
        }
    }

    private static int Size(object? text) => Encoding.UTF8.GetByteCount((string)text!);
}
