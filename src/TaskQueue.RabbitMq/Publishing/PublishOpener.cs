using TaskQueue.RabbitMq.Connection;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>
/// Opens the channels of one <see cref="MessagePublisher"/>, on its connection as soon as there is one. Never throws: what cannot be opened is tried again by the next step of the
/// sender, after a pause.
/// </summary>
internal sealed class PublishOpener(MessagePublisher publisher, BrokerConnection connection, PublisherSetup setup, PublishBacklog backlog)
{
    /// <summary>Opens one for a detour in the background, as what goes elsewhere does not wait for it; otherwise returns when it is open, or has failed.</summary>
    public ValueTask OpenAsync(Detour? detour, CancellationToken stopping)
    {
        if (detour is null)
        {
            return OpenAsync(null, Patience(), stopping);
        }

        _ = OpenBesideAsync(detour, stopping);
        return ValueTask.CompletedTask;
    }

    private TimeSpan Patience()
    {
        lock (setup.Gate)
        {
            return backlog.OpenPatience;
        }
    }

    private async Task OpenBesideAsync(Detour detour, CancellationToken stopping)
    {
        await OpenAsync(detour, RecoveryTimes.LongestRpc, stopping).ConfigureAwait(false);
        publisher.Kick();
    }

    private async ValueTask OpenAsync(Detour? detour, TimeSpan patience, CancellationToken stopping)
    {
        try
        {
            var epoch = await connection.GetAsync(stopping).ConfigureAwait(false);
            var channel = await ConfirmChannel.OpenAsync(publisher, setup, epoch, patience, stopping).ConfigureAwait(false);
            lock (setup.Gate)
            {
                backlog.Use(channel, detour);
            }

            if (channel.LostReason is { } reason)
            {
                publisher.OnLost(channel, reason);
            }
        }
        catch (Exception exception) when (exception is BrokerAccessException or ObjectDisposedException)
        {
            lock (setup.Gate)
            {
                backlog.OpenFailed(exception, detour);
                backlog.FailWaiting(exception);
            }
        }
        catch (Exception exception)
        {
            lock (setup.Gate)
            {
                backlog.OpenFailed(exception, detour);
            }

            await Task.Delay(RecoveryTimes.PublishPause, setup.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
