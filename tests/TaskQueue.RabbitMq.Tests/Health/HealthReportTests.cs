using Xunit;

namespace TaskQueue.RabbitMq.Tests.Health;

public sealed class HealthReportTests : IDisposable
{
    private readonly Monitored _process = new();

    [Fact]
    public void A_publisher_that_has_not_published_is_healthy_and_says_that_it_is_not_connected()
    {
        var report = _process.Report;

        Assert.Equal(TaskQueueHealthState.Healthy, report.State);
        Assert.Equal((BrokerConnectionState.Unused, BrokerConnectionState.Unused, WorkerPhase.None), (report.Publish.State, report.Consume.State, report.Worker));
        Assert.Equal("localhost:5672, virtual host '/', user 'guest'", report.Publish.Endpoint);
        Assert.Empty(report.Problems);
        Assert.Null(report.LastError);
    }

    [Fact]
    public void A_first_try_under_way_is_no_problem_and_a_failed_one_is()
    {
        _process.Monitor.Publish.Connecting();
        Assert.Equal(TaskQueueHealthState.Healthy, _process.Report.State);

        _process.Monitor.Publish.Failed("Connection refused");

        Assert.Equal((TaskQueueHealthState.Unhealthy, BrokerConnectionState.Connecting), (_process.Report.State, _process.Report.Publish.State));
        Assert.Equal(
            "There is no connection to publish, tried since 2026-03-01 03:00:00Z (localhost:5672, virtual host '/', user 'guest'): Connection refused",
            Assert.Single(_process.Report.Problems));
    }

    [Fact]
    public void A_lost_connection_is_unhealthy_until_it_is_back_and_its_error_is_remembered()
    {
        _process.ConnectPublish();
        Assert.Equal(("rabbit-1:5672", Monitored.Version), (_process.Report.Publish.Node, _process.Report.Publish.BrokerVersion));

        _process.Time.Advance(TimeSpan.FromMinutes(1));
        var lostAt = _process.Now;
        _process.Monitor.Publish.Lost("End of stream");
        _process.Time.Advance(TimeSpan.FromMinutes(1));
        _process.Monitor.Publish.Failed("Connection refused");

        var lost = _process.Report;
        Assert.Equal((TaskQueueHealthState.Unhealthy, BrokerConnectionState.Lost, lostAt), (lost.State, lost.Publish.State, lost.Publish.Since));
        Assert.Null(lost.Publish.Node);
        Assert.Equal("The connection to publish is lost since 2026-03-01 03:01:00Z (localhost:5672, virtual host '/', user 'guest'): Connection refused", Assert.Single(lost.Problems));

        var error = new HealthError(_process.Now, "Connection refused");
        _process.Time.Advance(TimeSpan.FromMinutes(1));
        _process.Monitor.Publish.Connected("rabbit-2:5672", Monitored.Version, new());

        Assert.Equal((TaskQueueHealthState.Healthy, _process.Now, "rabbit-2:5672"), (_process.Report.State, _process.Report.Publish.Since, _process.Report.Publish.Node));
        Assert.Equal((error, error), (_process.Report.Publish.LastError, _process.Report.LastError));
    }

    [Fact]
    public void An_alarm_degrades_from_when_it_began_until_it_is_over()
    {
        _process.ConnectPublish();
        var began = _process.Now;
        _process.Alarm.Begin("low on memory");
        _process.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal((TaskQueueHealthState.Degraded, "low on memory", began), (_process.Report.State, _process.Report.Publish.BlockedBy, _process.Report.Publish.BlockedSince));
        Assert.Equal("RabbitMQ blocks publishes since 2026-03-01 03:00:00Z: low on memory", Assert.Single(_process.Report.Problems));

        _process.Alarm.End();

        Assert.Equal((TaskQueueHealthState.Healthy, null, null), (_process.Report.State, _process.Report.Publish.BlockedBy, _process.Report.Publish.BlockedSince));
    }

    [Fact]
    public void An_alarm_that_blocks_the_connection_to_consume_degrades_too()
    {
        _process.Run("tq.a");
        _process.ConsumeAlarm.Begin("low on memory");

        Assert.Equal(TaskQueueHealthState.Degraded, _process.Report.State);
        Assert.Equal("RabbitMQ blocks the connection to consume since 2026-03-01 03:00:00Z: low on memory", Assert.Single(_process.Report.Problems));

        _process.ConsumeAlarm.End();

        Assert.Equal(TaskQueueHealthState.Healthy, _process.Report.State);
    }

    [Fact]
    public void An_alarm_ends_with_its_connection()
    {
        _process.ConnectPublish();
        _process.Alarm.Begin("low on disk");
        _process.Monitor.Publish.Lost("End of stream");
        _process.Monitor.Publish.Connected("rabbit-2:5672", Monitored.Version, new());

        Assert.Null(_process.Report.Publish.BlockedBy);
    }

    [Fact]
    public void A_queue_that_is_not_consumed_degrades_with_its_reason_and_since_when()
    {
        _process.Run("tq.a", "tq.b");
        Assert.Equal((TaskQueueHealthState.Healthy, WorkerPhase.Running), (_process.Report.State, _process.Report.Worker));

        _process.Time.Advance(TimeSpan.FromMinutes(1));
        _process.Monitor.Worker.Misses("tq.b", epoch: 1, "It does not exist.");
        var since = _process.Now;
        _process.Time.Advance(TimeSpan.FromMinutes(1));
        _process.Monitor.Worker.Misses("tq.b", epoch: 1, "ACCESS_REFUSED");

        Assert.Equal(TaskQueueHealthState.Degraded, _process.Report.State);
        Assert.Equal([("tq.a", true), ("tq.b", false)], _process.Report.Queues.Select(queue => (queue.Name, queue.Consumed)));
        Assert.Equal((since, "ACCESS_REFUSED"), (_process.Report.Queues[1].Since, _process.Report.Queues[1].Reason));
        Assert.Equal("The queue 'tq.b' is not consumed since 2026-03-01 03:01:00Z: ACCESS_REFUSED", Assert.Single(_process.Report.Problems));

        _process.Monitor.Worker.Consumes("tq.b", epoch: 1);

        Assert.Equal((TaskQueueHealthState.Healthy, null), (_process.Report.State, _process.Report.Queues[1].Reason));
    }

    [Fact]
    public void What_an_older_connection_says_of_a_queue_comes_too_late()
    {
        _process.Run("tq.a");
        _process.Monitor.Worker.Consumes("tq.a", epoch: 2);

        _process.Monitor.Worker.Misses("tq.a", epoch: 1, "The connection was lost.");

        Assert.True(Assert.Single(_process.Report.Queues).Consumed);
    }

    [Fact]
    public void A_queue_is_consumed_only_while_each_of_its_channels_does_it()
    {
        _process.Run("tq.a");
        _process.Monitor.Worker.Misses("tq.a", epoch: 1, "The channel was closed.", channel: 1);
        _process.Monitor.Worker.Consumes("tq.a", epoch: 1, channel: 0);
        Assert.Equal("The channel was closed.", Assert.Single(_process.Report.Queues).Reason);

        _process.Monitor.Worker.Consumes("tq.a", epoch: 1, channel: 1);
        Assert.True(Assert.Single(_process.Report.Queues).Consumed);

        _process.Monitor.Worker.Misses("tq.a", epoch: 1, "The connection was lost.", channel: 1);
        _process.Monitor.Worker.Consumes("tq.a", epoch: 2, channel: 0);
        Assert.True(Assert.Single(_process.Report.Queues).Consumed);
    }

    [Fact]
    public void A_lost_connection_is_one_problem_and_not_one_for_each_queue()
    {
        _process.Run("tq.a", "tq.b");
        _process.Monitor.Consume.Lost("End of stream");
        _process.Monitor.Worker.Misses("tq.a", epoch: 1, "The connection was lost.");
        _process.Monitor.Worker.Misses("tq.b", epoch: 1, "The connection was lost.");

        Assert.StartsWith("The connection to consume is lost", Assert.Single(_process.Report.Problems), StringComparison.Ordinal);
        Assert.All(_process.Report.Queues, queue => Assert.False(queue.Consumed));
    }

    [Fact]
    public void A_queue_that_need_not_exist_is_forgotten_without_a_word()
    {
        _process.Run("tq.a");
        _process.Monitor.Worker.Consumes("tq.a.low", epoch: 1);

        _process.Monitor.Worker.Forgets("tq.a.low");

        Assert.Equal(["tq.a"], _process.Report.Queues.Select(queue => queue.Name));
        Assert.Equal(TaskQueueHealthState.Healthy, _process.Report.State);
    }

    [Fact]
    public void A_worker_that_can_consume_nothing_says_why_for_every_queue()
    {
        _process.Run("tq.a", "tq.b");

        _process.Monitor.Worker.Waits("RabbitMQ refuses the login");

        Assert.Equal(["RabbitMQ refuses the login", "RabbitMQ refuses the login"], _process.Report.Queues.Select(queue => queue.Reason));
        Assert.Equal("RabbitMQ refuses the login", _process.Report.LastError?.Message);
    }

    [Fact]
    public void A_worker_is_degraded_until_it_consumes_and_from_when_it_stops()
    {
        _process.Monitor.Worker.Starts(["tq.a"]);
        Assert.Equal((TaskQueueHealthState.Degraded, WorkerPhase.Starting), (_process.Report.State, _process.Report.Worker));

        _process.Run("tq.a");
        _process.Monitor.Worker.Stops();
        Assert.Equal((TaskQueueHealthState.Degraded, WorkerPhase.Stopping), (_process.Report.State, _process.Report.Worker));
        Assert.Equal("The worker is stopping since 2026-03-01 03:00:00Z and takes no more tasks.", Assert.Single(_process.Report.Problems));

        // It needs no connection any more.
        _process.Monitor.Consume.Closed();
        _process.Monitor.Worker.Stopped();
        Assert.Equal((TaskQueueHealthState.Degraded, WorkerPhase.Stopped), (_process.Report.State, _process.Report.Worker));
    }

    [Fact]
    public void A_worker_that_is_refused_before_it_has_consumed_says_why()
    {
        _process.Monitor.Worker.Starts(["tq.a", "tq.b"]);
        Assert.Equal("The worker is starting since 2026-03-01 03:00:00Z and consumes nothing yet.", Assert.Single(_process.Report.Problems));

        _process.Monitor.Worker.Waits("The queue 'tq.a' differs");

        Assert.Equal("The worker is starting since 2026-03-01 03:00:00Z and consumes nothing yet: The queue 'tq.a' differs", Assert.Single(_process.Report.Problems));
    }

    [Fact]
    public void A_worker_that_has_given_up_is_unhealthy()
    {
        _process.Monitor.Worker.Starts(["tq.a"]);

        _process.Monitor.Worker.Fails("The queue 'tq.a' differs");

        Assert.Equal((TaskQueueHealthState.Unhealthy, WorkerPhase.Failed), (_process.Report.State, _process.Report.Worker));
        Assert.Equal("The worker has given up at 2026-03-01 03:00:00Z: The queue 'tq.a' differs", Assert.Single(_process.Report.Problems));
    }

    [Fact]
    public void Copies_degrade_only_when_they_go_on_failing()
    {
        using var first = new RabbitMq.Health.CopyTrouble(_process.Monitor.Settling);
        using var second = new RabbitMq.Health.CopyTrouble(_process.Monitor.Settling);
        first.Failed("Refused at 'tq.dead'.");
        _process.Time.Advance(TimeSpan.FromSeconds(4.9));
        second.Failed("Refused at 'tq.dead'.");
        Assert.Equal((TaskQueueHealthState.Healthy, 2), (_process.Report.State, _process.Report.Settling.Failing));

        _process.Time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(
            "Copies that settle tasks (retries, dead letters) fail since 2026-03-01 03:00:00Z, 2 now: A copy that settles a task failed: Refused at 'tq.dead'.",
            Assert.Single(_process.Report.Problems));
        Assert.Equal(TaskQueueHealthState.Degraded, _process.Report.State);

        first.Dispose();
        Assert.Equal((TaskQueueHealthState.Healthy, 1), (_process.Report.State, _process.Report.Settling.Failing));
        second.Dispose();
        Assert.Equal((0, null), (_process.Report.Settling.Failing, _process.Report.Settling.Since));
        Assert.NotNull(_process.Report.Settling.LastError);
    }

    [Fact]
    public void The_worst_problem_makes_the_state_and_comes_first()
    {
        _process.Run("tq.a", "tq.b");
        _process.ConnectPublish();
        _process.Monitor.Worker.Misses("tq.a", epoch: 1, "It does not exist.");
        _process.Monitor.Publish.Lost("End of stream");

        Assert.Equal(TaskQueueHealthState.Unhealthy, _process.Report.State);
        Assert.Collection(
            _process.Report.Problems,
            problem => Assert.StartsWith("The connection to publish is lost", problem, StringComparison.Ordinal),
            problem => Assert.StartsWith("The queue 'tq.a' is not consumed", problem, StringComparison.Ordinal));
    }

    public void Dispose() => _process.Dispose();
}
