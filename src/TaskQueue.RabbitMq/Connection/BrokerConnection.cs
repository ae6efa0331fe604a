using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using TaskQueue.RabbitMq.Health;

namespace TaskQueue.RabbitMq.Connection;

/// <summary>
/// Supervises one connection (to publish, or to consume): connects on first use, with backoff and jitter; hands out epochs; reconnects when one
/// is lost. The client's own recovery is off: it hangs, swallows settles and redeclares what it remembers rather than what we need. A refused
/// login or virtual host is thrown to those who wait, and the tries go on all the same, so that a cure on the broker is picked up. A singleton
/// per purpose, thread-safe; one background loop does all the dialling.
/// </summary>
internal sealed class BrokerConnection : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _name;
    private readonly BrokerDialer _dialer;
    private readonly ConnectionMonitor _health;
    private readonly StopBudget _stop;
    private readonly TimeProvider _time;
    private readonly Func<double> _jitter;
    private readonly ILogger _logger;
    private readonly TimeSpan _maxReconnectDelay;
    private readonly TaskCompletionSource _firstTry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource<ConnectionEpoch> _next = NewSource();
    private Task? _supervision;
    private volatile ConnectionEpoch? _current;
    private volatile Exception? _lastError;
    private Version? _advisedOf;
    private bool _disposed;

    /// <param name="name">The connection's name in the management UI, as "taskqueue publish worker-1".</param>
    /// <param name="options">Where and how.</param>
    /// <param name="time">The clock.</param>
    /// <param name="jitter">Random numbers from 0 to 1.</param>
    /// <param name="health">Where the connection's state is told.</param>
    /// <param name="stop">How long its end may take.</param>
    /// <param name="logger">Where the connection's life is told.</param>
    public BrokerConnection(string name, RabbitMqOptions options, TimeProvider time, Func<double> jitter, ConnectionMonitor health, StopBudget stop, ILogger<BrokerConnection> logger)
    {
        _name = name;
        _time = time;
        _jitter = jitter;
        _health = health;
        _stop = stop;
        _logger = logger;
        _dialer = new BrokerDialer(options, name, time, jitter, logger);
        Endpoint = _dialer.Address.ToString();
        _maxReconnectDelay = options.MaxReconnectDelay;
    }

    /// <summary>The address for messages, with all nodes: "host:port, virtual host '/', user 'guest'"; never the password.</summary>
    public string Endpoint { get; }

    /// <summary>Why there is no connection, if there is none.</summary>
    public Exception? LastError => _lastError;

    /// <summary>The live epoch, or null.</summary>
    public ConnectionEpoch? Current => _current is { Lost.IsCancellationRequested: false } epoch ? epoch : null;

    /// <summary>Completes when the first try to connect has ended, well or not: then either there is an epoch or <see cref="LastError"/> says why
    /// not.</summary>
    public Task FirstTry => _firstTry.Task;

    /// <summary>Begins to connect, for whoever waits later.</summary>
    public void Begin()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _supervision ??= Task.Run(SuperviseAsync, CancellationToken.None);
        }
    }

    /// <summary>Waits for the live epoch.</summary>
    /// <exception cref="BrokerAccessException">The broker refuses the credentials or the virtual host.</exception>
    /// <exception cref="ObjectDisposedException">The application is shutting down.</exception>
    public ValueTask<ConnectionEpoch> GetAsync(CancellationToken cancellationToken) =>
        Current is { } epoch ? new ValueTask<ConnectionEpoch>(epoch) : new ValueTask<ConnectionEpoch>(WaitAsync(cancellationToken));

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            Answer(source => source.TrySetException(new ObjectDisposedException(_name)));
        }

        using var closing = _stop.Start();
        await _stopping.CancelAsync().ConfigureAwait(false);
        if (_supervision is not null)
        {
            await _supervision.ConfigureAwait(false);
        }

        _stopping.Dispose();
        _health.Closed();
    }

    private Task<ConnectionEpoch> WaitAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            Begin();
            if (_next.Task is { IsCompletedSuccessfully: true, Result.Lost.IsCancellationRequested: true })
            {
                _next = NewSource();
            }

            return _next.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task SuperviseAsync()
    {
        var number = 0L;
        _health.Connecting();
        try
        {
            while (true)
            {
                var epoch = await ConnectAsync(number + 1).ConfigureAwait(false);
                number = epoch.Number;
                OnConnected(epoch);
                await WaitUntilLostAsync(epoch).ConfigureAwait(false);
                OnLost(epoch);

                // Spread: a broker that restarts meets all its clients again, and one that throws us out at once is not hammered.
                await Task.Delay(RecoveryTimes.Spread * _jitter(), _time, _stopping.Token).ConfigureAwait(false);
            }
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            if (_current is { } epoch)
            {
                await epoch.CloseAsync(_stop.EndOfGoodbye).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Tries once, and goes on with backoff only where that fails: mostly it does not, and each start of a process would pay for the compilation of the backoff.</summary>
    private async Task<ConnectionEpoch> ConnectAsync(long number)
    {
        Exception? failure;
        try
        {
            return await _dialer.DialAsync(number, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested)
        {
            failure = error;
        }

        return await RetryFrom(failure, number).ConfigureAwait(false);
    }

    /// <summary>The failure of the first try is the pipeline's first attempt: it is told, and counted for the delay, as all others are.</summary>
    private ValueTask<ConnectionEpoch> RetryFrom(Exception? failure, long number)
    {
        var untilConnected = new ResiliencePipelineBuilder<ConnectionEpoch> { TimeProvider = _time }
            .AddRetry(new RetryStrategyOptions<ConnectionEpoch>
            {
                ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome.Exception is not null && !_stopping.IsCancellationRequested),
                BackoffType = DelayBackoffType.Exponential,
                Delay = RecoveryTimes.FirstReconnectDelay,
                MaxDelay = _maxReconnectDelay,
                MaxRetryAttempts = int.MaxValue,
                UseJitter = true,
                Randomizer = _jitter,
                OnRetry = OnFailedAsync,
            })
            .Build();
        return untilConnected.ExecuteAsync(
            token => Interlocked.Exchange(ref failure, null) is { } first ? ValueTask.FromException<ConnectionEpoch>(first) : new(_dialer.DialAsync(number, token)),
            _stopping.Token);
    }

    private async Task WaitUntilLostAsync(ConnectionEpoch epoch)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(epoch.Lost, _stopping.Token);
        await Task.Delay(Timeout.InfiniteTimeSpan, both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Token.ThrowIfCancellationRequested();
    }

    private void OnConnected(ConnectionEpoch epoch)
    {
        Log.Connected(_logger, _name, epoch.Endpoint, epoch.BrokerVersion);
        _health.Connected(epoch.Node, epoch.BrokerVersion, epoch.Alarm);
        lock (_gate)
        {
            _lastError = null;
            _current = epoch;
            Answer(source => source.TrySetResult(epoch));
        }

        _firstTry.TrySetResult();
        Advise(epoch);
    }

    // Once a version: after an upgrade of the broker the advice may be another one.
    private void Advise(ConnectionEpoch epoch)
    {
        if (epoch.BrokerVersion != _advisedOf && BrokerVersions.Advise(epoch.BrokerVersion) is { } advice)
        {
            Log.OldBroker(_logger, epoch.BrokerVersion, epoch.Endpoint, advice);
        }

        _advisedOf = epoch.BrokerVersion;
    }

    private void OnLost(ConnectionEpoch epoch)
    {
        _lastError = epoch.LostReason;
        Log.ConnectionLost(_logger, _name, epoch.Endpoint, epoch.LostReason?.Message ?? "");
        _health.Lost(epoch.LostReason?.Message ?? "unknown");
    }

    private ValueTask OnFailedAsync(OnRetryArguments<ConnectionEpoch> retry)
    {
        var error = retry.Outcome.Exception!;
        _lastError = error;
        _firstTry.TrySetResult();
        if (error is BrokerAccessException refusal)
        {
            Log.Refused(_logger, _name, refusal.Message, retry.RetryDelay);
            _health.Failed(refusal.Message);
            lock (_gate)
            {
                Answer(source => source.TrySetException(refusal));
            }

            return ValueTask.CompletedTask;
        }

        Log.Unreachable(_logger, _name, Endpoint, retry.AttemptNumber + 1, retry.RetryDelay, error.GetBaseException().Message);
        _health.Failed(error.GetBaseException().Message);
        lock (_gate)
        {
            // No longer refused: who asks now waits again.
            _next = _next.Task.IsFaulted && !_disposed ? NewSource() : _next;
        }

        return ValueTask.CompletedTask;
    }

    // Under the gate: tells those who wait, and those who come later, how it stands.
    private void Answer(Action<TaskCompletionSource<ConnectionEpoch>> complete)
    {
        if (_next.Task.IsCompleted)
        {
            _next = NewSource();
        }

        complete(_next);
        _ = _next.Task.Exception;
    }

    private static TaskCompletionSource<ConnectionEpoch> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
