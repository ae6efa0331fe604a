using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Connection;
using TaskQueue.RabbitMq.Health;
using TaskQueue.RabbitMq.Topology;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// The worker of this process. Starts: connects, and meanwhile makes what deliveries will need; makes the topology, consumes; a broker that cannot be reached is
/// waited for in the background, a refusal fails the start. Once started, whether it consumes or still waits for the broker: on each new connection consumes at once, and then sees to the
/// topology; refusals are waited for.
/// Stops as <see cref="WorkerDrain"/> says. Without handlers, or when not enabled, it opens nothing.
/// </summary>
internal sealed class ConsumerHost : IHostedService, IAsyncDisposable
{
    private readonly BrokerConnections _connections;
    private readonly BrokerTopology _topology;
    private readonly Lazy<DeliveryRunner> _runner;
    private readonly WorkerOptions _options;
    private readonly WorkerStart _start;
    private readonly IHostApplicationLifetime? _lifetime;
    private readonly ConsumerSettings _settings;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _firstPass = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LeftOverSet _leftOvers = new();
    private IReadOnlyList<ConsumedGroup> _groups = [];
    private WorkerEpoch? _current;
    private TimeSpan _refusalPause = RecoveryTimes.HostPause;
    private volatile bool _hasConsumed;
    private Task? _run;

    /// <param name="topology">First, as it comes with the task model: the whole configuration is checked before anything else is made.</param>
    /// <param name="connections">Both.</param>
    /// <param name="runner">Made while the broker is dialled.</param>
    /// <param name="options">What is consumed.</param>
    /// <param name="start">What else is done at the start.</param>
    /// <param name="settings">What all consumers share.</param>
    /// <param name="lifetime">The host's, if there is one.</param>
    public ConsumerHost(
        BrokerTopology topology,
        BrokerConnections connections,
        Lazy<DeliveryRunner> runner,
        WorkerOptions options,
        WorkerStart start,
        ConsumerSettings settings,
        IHostApplicationLifetime? lifetime = null)
    {
        _topology = topology;
        _connections = connections;
        _runner = runner;
        _options = options;
        _start = start;
        _lifetime = lifetime;
        _settings = settings;
        _logger = settings.Logger;
    }

    /// <summary>Whether <see cref="StartAsync"/> has got its answer: it is too late then to fail it.</summary>
    private bool HasStarted => _firstPass.Task.IsCompleted;

    /// <exception cref="BrokerAccessException">The broker refuses the user, the virtual host or a queue.</exception>
    /// <exception cref="TopologyException">What is on the broker differs from what this worker needs.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_options.Enabled || !_topology.ConsumesAny)
        {
            return;
        }

        // To log in takes as long as all that follows here, most of it the compiler's time, on a thread of its own.
        _connections.Consume.Begin();
        _groups = CreateGroups();
        _settings.Health.Starts(_topology.Groups.SelectMany(group => group.Queues).Where(queue => !queue.Optional).Select(queue => queue.Name));
        _start.Prepare(_topology.Groups, _options.MaxConcurrency);
        _run = Task.Run(RunAsync, CancellationToken.None);
        try
        {
            await _firstPass.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_lifetime?.ApplicationStopping.IsCancellationRequested == true)
        {
            // SIGTERM while it starts: the host goes on to stop what it has started, and exits as after any orderly stop.
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_run is null || _stopping.IsCancellationRequested)
        {
            return;
        }

        _settings.Health.Stops();
        foreach (var group in _groups)
        {
            group.Slots.Close();
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await new WorkerDrain(_groups, _runner.Value, _settings).RunAsync(_run, () => _current, cancellationToken).ConfigureAwait(false);
        await _connections.Consume.DisposeAsync().ConfigureAwait(false);
        _settings.Health.Stopped();
    }

    public async ValueTask DisposeAsync()
    {
        // A host that is disposed without having been stopped: its time is up.
        await StopAsync(new CancellationToken(canceled: true)).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private IReadOnlyList<ConsumedGroup> CreateGroups()
    {
        var limit = _options.MaxConcurrency is { } most ? new WorkerLimit(most) : null;
        return ConsumedGroup.AllOf(_topology.Groups, concurrency => new HandlerSlots(concurrency, limit, _runner.Value.RunAsync, _settings.Time.TimestampFrequency));
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await RunEpochAsync(await ConnectAsync(_connections.Consume).ConfigureAwait(false)).ConfigureAwait(false);
            }
            catch (Exception error) when (!_stopping.IsCancellationRequested && IsFinal(error))
            {
                FailStart(error);
                return;
            }
            catch (Exception error)
            {
                await PauseAsync(error).ConfigureAwait(false);
            }
        }

        _firstPass.TrySetCanceled();
    }

    private async Task<ConnectionEpoch> ConnectAsync(BrokerConnection connection)
    {
        var connecting = connection.GetAsync(_stopping.Token).AsTask();
        await Task.WhenAny(connecting, connection.FirstTry).ConfigureAwait(false);
        if (!connecting.IsCompleted && connection.LastError is { } error and not BrokerAccessException && !HasStarted)
        {
            Log.StartsWithoutBroker(_logger, connection.Endpoint, error.GetBaseException().Message);
            _firstPass.TrySetResult();
        }

        return await connecting.ConfigureAwait(false);
    }

    private async Task RunEpochAsync(ConnectionEpoch epoch)
    {
        if (_current is not null)
        {
            _settings.Losses.AddConnection();
        }

        try
        {
            await ConsumeAsync(epoch).ConfigureAwait(false);
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested && !IsFinal(error))
        {
            // What was begun on this connection ends with it, before the next round begins the same again.
            epoch.Abandon(error);
            throw;
        }
    }

    private async Task ConsumeAsync(ConnectionEpoch epoch)
    {
        var isKnown = _hasConsumed;
        var asking = epoch;
        if (!isKnown)
        {
            asking = _topology.Verifies ? await ConnectAsync(_connections.Publish).ConfigureAwait(false) : epoch;
            foreach (var queue in await _topology.EnsureWorkerAsync(asking, _stopping.Token).ConfigureAwait(false))
            {
                _leftOvers.Add(queue);
            }
        }

        var current = new WorkerEpoch(epoch, _groups, _leftOvers, _topology, _settings, waitsForAccess: () => HasStarted);
        _current = current;
        await current.StartAsync(_stopping.Token).ConfigureAwait(false);
        _ = AnnounceAsync(epoch, current);
        _firstPass.TrySetResult();
        if (!isKnown)
        {
            _topology.CompleteInBackground(asking);
        }

        _refusalPause = RecoveryTimes.HostPause;
        await current.RunAsync(isNew: isKnown, _stopping.Token).ConfigureAwait(false);
    }

    /// <summary>Mostly at once, as each queue has been tried; later, where none has a leader or may be read yet; never, when the connection is lost before.</summary>
    private async Task AnnounceAsync(ConnectionEpoch epoch, WorkerEpoch current)
    {
        await current.FirstConsumer.WaitAsync(epoch.Lost).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (epoch.Lost.IsCancellationRequested)
        {
            return;
        }

        _settings.Health.Runs();
        if (_hasConsumed)
        {
            Log.ConsumesAgain(_logger, epoch.Node);
        }
        else
        {
            _start.Announce(_topology.Groups, _options.MaxConcurrency, epoch.BrokerVersion);
        }

        _hasConsumed = true;
    }

    /// <summary>A worker whose application runs outlives a refusal: a broker that comes late gets its users and definitions a moment after it listens,
    /// passwords are rotated, permissions set anew, queues deleted while they are being bound, and authentication services fail for a while, for a whole fleet at
    /// once. To end the application would take its other work along, and a new process would meet the same refusal.</summary>
    private bool IsFinal(Exception error) => !HasStarted && IsRefusal(error);

    private static bool IsRefusal(Exception error) => error is BrokerAccessException or TopologyException;

    private void FailStart(Exception refusal)
    {
        _settings.Health.Fails(refusal.Message);
        _firstPass.TrySetException(refusal);
    }

    private async Task PauseAsync(Exception error)
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        _settings.Health.Waits(error.Message);
        var pause = IsRefusal(error) ? NextRefusalPause() : RecoveryTimes.HostPause;
        if (IsRefusal(error))
        {
            Log.WorkerRefused(_logger, pause, error.Message);
        }
        else
        {
            Log.EpochFailed(_logger, pause, error.Message);
        }

        _firstPass.TrySetResult();
        await Task.Delay(pause, _settings.Time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private TimeSpan NextRefusalPause()
    {
        var pause = _refusalPause;
        _refusalPause = RecoveryTimes.Longer(pause, RecoveryTimes.LongestHostPause);
        return pause;
    }
}
