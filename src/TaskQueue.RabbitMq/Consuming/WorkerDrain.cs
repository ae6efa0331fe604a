using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// The stop of a worker. At once: the broker is told to send nothing more, and what has not started goes back. Running handlers have until the host's time is
/// up; then they are told to stop. From the moment when none runs, or the time is up, all that is still waited for shares the <see cref="StopBudget"/>.
/// Each queue is drained by itself: one without a leader must not hold up the acknowledgements of the others. Used once; owned by the host, which has
/// closed the slots before.
/// </summary>
internal sealed class WorkerDrain(IReadOnlyList<ConsumedGroup> groups, DeliveryRunner runner, ConsumerSettings settings)
{
    private readonly Dictionary<QueueConsumer, Task<int>> _drains = [];

    private StopBudget Budget => settings.Stop;

    /// <param name="consuming">Completes when no more consumers are made.</param>
    /// <param name="last">The worker's last connection, if it ever had one.</param>
    /// <param name="timeIsUp">The host's shutdown timeout.</param>
    public async Task RunAsync(Task consuming, Func<WorkerEpoch?> last, CancellationToken timeIsUp)
    {
        Log.Draining(settings.Logger);
        var handlers = Task.WhenAll(groups.Select(group => group.Slots.WhenIdleAsync()));
        var draining = DrainAsync(consuming, last);
        await handlers.WaitAsync(timeIsUp).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var closing = Budget.Start();
        if (!handlers.IsCompleted)
        {
            Log.Aborting(settings.Logger, StopBudget.ForWork);
            var aborted = Task.WhenAll(Cancellation.CancelAsync(settings.Shutdown, settings.Logger), last()?.AbortAsync() ?? Task.CompletedTask, handlers);
            await aborted.WaitAsync(Budget.EndOfWork).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Log.Drained(settings.Logger, await draining.ConfigureAwait(false));
    }

    /// <returns>How many had not started.</returns>
    private async Task<int> DrainAsync(Task consuming, Func<WorkerEpoch?> last)
    {
        DrainAll(last());

        // A consumer may just have been started when the worker was told to stop.
        await consuming.WaitAsync(Budget.EndOfWork).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        DrainAll(last());
        return (await Task.WhenAll(_drains.Values).ConfigureAwait(false)).Sum();
    }

    private void DrainAll(WorkerEpoch? epoch)
    {
        foreach (var consumer in epoch?.Consumers.Except(_drains.Keys) ?? [])
        {
            _drains.Add(consumer, DrainAsync(consumer));
        }
    }

    private async Task<int> DrainAsync(QueueConsumer consumer)
    {
        await consumer.CancelAsync().WaitAsync(Budget.EndOfWork).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var unstarted = GiveBackUnstarted(consumer);
        await consumer.WhenEmptyAsync().WaitAsync(Budget.EndOfWork).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Copies that have found no confirm: one that goes out when its original has been given back is there twice.
        await consumer.AbortAsync().WaitAsync(Budget.EndOfSettling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        // Handlers that have not ended although they were told to end with the process.
        var returned = Task.WhenAll(consumer.GetRunning().Select(runner.GiveBackRunningAsync));
        await returned.WaitAsync(Budget.EndOfSettling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await consumer.GiveBackAllAsync(Budget.EndOfSettling).ConfigureAwait(false);
        await consumer.CloseAsync(Budget.EndOfSettling).ConfigureAwait(false);
        return unstarted;
    }

    private int GiveBackUnstarted(QueueConsumer consumer)
    {
        var unstarted = 0;
        foreach (var delivery in consumer.RemovePending())
        {
            unstarted += runner.GiveBack(delivery) ? 1 : 0;
        }

        return unstarted;
    }
}
