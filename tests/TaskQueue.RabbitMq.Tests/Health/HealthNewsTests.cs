using System.Collections.Concurrent;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Health;

public sealed class HealthNewsTests : IDisposable
{
    private readonly Monitored _process = new();
    private readonly BlockingCollection<TaskQueueHealthChangedEventArgs> _told = [];

    [Fact]
    public void Changes_are_told_in_order_with_what_was_before()
    {
        _process.Health.Changed += (_, news) => _told.Add(news);
        _process.ConnectPublish();
        Assert.Equal(TaskQueueHealthState.Healthy, Take(BrokerConnectionState.Connected).Report.State);

        _process.Monitor.Publish.Lost("End of stream");
        var lost = Take(BrokerConnectionState.Lost);
        _process.ConnectPublish();
        var back = Take(BrokerConnectionState.Connected);

        Assert.Equal((TaskQueueHealthState.Healthy, TaskQueueHealthState.Unhealthy), (lost.Previous.State, lost.Report.State));
        Assert.Equal((TaskQueueHealthState.Unhealthy, TaskQueueHealthState.Healthy), (back.Previous.State, back.Report.State));
    }

    [Fact]
    public void A_handler_that_throws_is_logged_and_the_others_are_told()
    {
        _process.Health.Changed += (_, _) => throw new InvalidOperationException("The pager is flat.");
        _process.Health.Changed += (_, news) => _told.Add(news);

        _process.ConnectPublish();
        Take(BrokerConnectionState.Connected);
        _process.Monitor.Publish.Lost("End of stream");
        Take(BrokerConnectionState.Lost);

        Assert.All(_process.Logger.Collector.GetSnapshot(), line => Assert.Equal((2030, "The pager is flat."), (line.Id.Id, line.Exception?.Message)));
        Assert.NotEmpty(_process.Logger.Collector.GetSnapshot());
    }

    [Fact]
    public void A_slow_handler_holds_up_nobody_and_finds_every_state_but_not_every_change()
    {
        using var mayGoOn = new ManualResetEventSlim();
        using var entered = new ManualResetEventSlim();
        _process.Health.Changed += (_, news) =>
        {
            _told.Add(news);
            entered.Set();
            mayGoOn.Wait(TestContext.Current.CancellationToken);
        };
        _process.Monitor.Publish.Connecting();
        entered.Wait(TestContext.Current.CancellationToken);

        // All of it while the handler stands: these calls return.
        _process.Monitor.Publish.Failed("one");
        _process.Monitor.Publish.Failed("two");
        _process.ConnectPublish();
        mayGoOn.Set();

        Take(BrokerConnectionState.Connecting);
        var failed = Take(BrokerConnectionState.Connecting);
        Assert.Equal((TaskQueueHealthState.Unhealthy, "two"), (failed.Report.State, failed.Report.Publish.LastError?.Message));
        Assert.Equal(TaskQueueHealthState.Healthy, Take(BrokerConnectionState.Connected).Report.State);
    }

    [Fact]
    public void Copies_that_go_on_failing_are_told_without_being_asked_for()
    {
        _process.Health.Changed += (_, news) => _told.Add(news);
        using var copy = new RabbitMq.Health.CopyTrouble(_process.Monitor.Settling);
        copy.Failed("Refused at 'tq.dead'.");

        _process.Time.Advance(TimeSpan.FromSeconds(5));

        while (Next().Report.State != TaskQueueHealthState.Degraded)
        {
        }
    }

    [Fact]
    public void A_handler_that_was_taken_away_is_told_no_more()
    {
        void Tell(object? sender, TaskQueueHealthChangedEventArgs news) => Assert.Fail("It was taken away.");
        _process.Health.Changed += Tell;
        _process.Health.Changed -= Tell;
        _process.Health.Changed += (_, news) => _told.Add(news);

        _process.ConnectPublish();

        Take(BrokerConnectionState.Connected);
        Assert.Empty(_process.Logger.Collector.GetSnapshot());
    }

    public void Dispose()
    {
        _process.Dispose();
        _told.Dispose();
    }

    /// <summary>The next that shows the publish connection so.</summary>
    private TaskQueueHealthChangedEventArgs Take(BrokerConnectionState state)
    {
        var news = Next();
        while (news.Report.Publish.State != state)
        {
            news = Next();
        }

        return news;
    }

    private TaskQueueHealthChangedEventArgs Next()
    {
        Assert.True(_told.TryTake(out var news, TimeSpan.FromSeconds(30)), "Nothing was told.");
        return news;
    }
}
