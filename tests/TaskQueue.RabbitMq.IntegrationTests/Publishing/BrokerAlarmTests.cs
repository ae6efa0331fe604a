using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq.Consuming;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>Publishers and workers while the broker has an alarm.</summary>
[Collection<AlarmedBroker.Tests>]
[Trait("Broker", "Newest")]
public sealed class BrokerAlarmTests(BrokerFixture broker, AlarmedBroker alarmed)
{
    [Fact]
    public async Task Publishes_wait_out_an_alarm_until_their_deadline()
    {
        var address = await alarmed.AddressAsync(broker);
        await using var rig = new PublisherRig(address, queue => queue.Publisher.Deadline = TimeSpan.FromSeconds(3));
        await using var patient = new PublisherRig(address);
        await rig.ConnectAsync();
        await patient.Publisher.PublishAsync(new ResizePhoto(2));

        await using (await alarmed.RaiseAsync())
        {
            var blocked = await UntilBlockedAsync(rig, new ResizePhoto(3));
            Assert.Contains("memory", blocked.Reason, StringComparison.Ordinal);
            Assert.Contains("still did after 00:00:03", blocked.Message, StringComparison.Ordinal);
            Assert.False(blocked.OutcomeUnknown);
        }

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => patient.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()));
        Assert.Equal((0, 0), (rig.Messages.InFlight, patient.Messages.InFlight));
    }

    [Fact]
    public async Task Publishes_that_may_not_wait_fail_at_once_while_what_was_sent_waits_for_its_confirm()
    {
        var address = await alarmed.AddressAsync(broker);
        await using var rig = new PublisherRig(address, queue => (queue.Publisher.Window, queue.Publisher.WhenBlocked) = (1, BlockedPublishMode.Fail));
        await rig.Publisher.PublishAsync(new ResizePhoto(1));
        await rig.Publisher.PublishAsync(new ResizePhoto(2), new PublishOptions { Delay = TimeSpan.FromHours(1) });
        var watch = Stopwatch.StartNew();
        Task<PublishReceipt> sent;
        await using (await alarmed.RaiseAsync())
        {
            // The window holds one: the first is sent, and makes the broker tell; the others never were.
            sent = rig.Publisher.PublishAsync(new ResizePhoto(3)).AsTask();
            var waiting = Enumerable.Range(0, 5).Select(i => rig.Publisher.PublishAsync(new ResizePhoto(i)).AsTask()).ToList();
            watch.Restart();
            foreach (var wait in waiting)
            {
                var blocked = await Assert.ThrowsAsync<BrokerBlockedException>(() => wait);
                Assert.Contains("'Publisher.WhenBlocked' is 'Fail'", blocked.Message, StringComparison.Ordinal);
                Assert.False(blocked.OutcomeUnknown);
            }

            await Assert.ThrowsAsync<BrokerBlockedException>(() => rig.Publisher.PublishAsync(new ResizePhoto(4)).AsTask());
            await Assert.ThrowsAsync<BrokerBlockedException>(() => rig.Publisher.PublishAsync(new SendInvoice(5), new PublishOptions { Delay = TimeSpan.FromHours(1) }).AsTask());
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
            Assert.Equal((TaskQueueHealthState.Degraded, BrokerConnectionState.Connected), (rig.Health.Report.State, rig.Health.Report.Publish.State));
            Assert.Contains("memory", rig.Health.Report.Publish.BlockedBy, StringComparison.Ordinal);
            Assert.False(sent.IsCompleted);
        }

        Assert.Equal("resize-photo.normal", (await sent).RoutingKey);
        await rig.Publisher.PublishAsync(new ResizePhoto(6));
        Assert.Equal((0, TaskQueueHealthState.Healthy), (rig.Messages.InFlight, rig.Health.Report.State));
        Assert.InRange(rig.Messages.Pooled, 0, 2 * 1);
    }

    [Fact]
    public async Task What_was_sent_into_an_alarm_ends_unknown_at_its_deadline_and_is_not_lost()
    {
        var address = await alarmed.AddressAsync(broker);
        await using var rig = new PublisherRig(address, queue => (queue.Publisher.Deadline, queue.Publisher.WhenBlocked) = (TimeSpan.FromSeconds(2), BlockedPublishMode.Fail));
        await rig.ConnectAsync();
        await rig.ConnectAsync(new SendInvoice(1));
        await alarmed.PurgeAsync("tq.send-invoice");
        await using (await alarmed.RaiseAsync())
        {
            var unknown = await Assert.ThrowsAsync<PublishTimeoutException>(() => rig.Publisher.PublishAsync(new SendInvoice(2)).AsTask());

            Assert.True(unknown.OutcomeUnknown);
            Assert.Contains("memory", unknown.InnerException!.Message, StringComparison.Ordinal);
            Assert.Equal(0, rig.Messages.InFlight);
        }

        await alarmed.WaitForReadyAsync("tq.send-invoice", 1);
    }

    [Fact]
    public async Task A_worker_goes_on_under_an_alarm_and_its_copies_wait_it_out_although_publishes_may_not()
    {
        var address = await alarmed.AddressAsync(broker);
        var go = new TaskCompletionSource();
        await using var worker = await TestWorker.StartAsync(
            address,
            queue =>
            {
                queue.AddHandler<JobHandler>();
                queue.Publisher.WhenBlocked = BlockedPublishMode.Fail;
            },
            async (run, context, _) =>
            {
                await go.Task;
                if (run.Name == "doomed")
                {
                    context.DeadLetter("test");
                }
            });
        var health = worker.Services.GetRequiredService<TaskQueueHealth>();
        await worker.Publisher.PublishManyAsync([new Job("doomed"), new Job("doomed"), new Job("fine")]);
        await worker.Script.WaitForStartedAsync(3);
        await using (await alarmed.RaiseAsync())
        {
            go.SetResult();
            await worker.Script.WaitForEndedAsync(3);
            await Eventually.TrueAsync(() => health.Report is { State: TaskQueueHealthState.Degraded, Publish.BlockedBy: not null }, "the alarm to be reported");
            Assert.All(health.Report.Queues, queue => Assert.True(queue.Consumed));
            await Assert.ThrowsAsync<BrokerBlockedException>(() => worker.Publisher.PublishAsync(new Job("refused")).AsTask());
        }

        await alarmed.WaitForReadyAsync("tq.job.dead", 2);
        await alarmed.WaitForReadyAsync("tq.job", 0);
        await Eventually.TrueAsync(() => health.Report.State == TaskQueueHealthState.Healthy);
        Assert.Equal(0, worker.Services.GetRequiredKeyedService<MessagePublisher>(ConsumingServices.CopiesKey).InFlight);
    }

    private static async Task<BrokerBlockedException> UntilBlockedAsync(PublisherRig rig, ResizePhoto task)
    {
        // The broker tells a connection of the alarm when that publishes: what is sent until then is in doubt.
        while (true)
        {
            try
            {
                await rig.Publisher.PublishAsync(task);
            }
            catch (BrokerBlockedException exception)
            {
                return exception;
            }
            catch (PublishTimeoutException)
            {
                Assert.NotNull(rig.Health.Report.Publish.BlockedBy);
            }
        }
    }
}
