namespace TaskQueue.Ledger;

/// <summary>
/// Keeps one process of the ledger alive as an orchestrator does: starts it again, at once, whenever it has ended, until it is to stop. The levers
/// act on its present life. Thread-safe; disposing kills it for good.
/// </summary>
internal sealed class SupervisedProcess : IAsyncDisposable
{
    private static readonly TimeSpan ExitDeadline = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private readonly Func<LedgerProcess> _start;
    private readonly List<int> _exitCodes = [];
    private readonly Task _supervising;
    private LedgerProcess _current;
    private TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _ending;

    public SupervisedProcess(Settings settings, string verb, int index, IReadOnlyDictionary<string, string>? environment = null)
        : this(() => LedgerProcess.Start(settings, verb, index, environment))
    {
    }

    /// <param name="start">Starts each of its lives.</param>
    public SupervisedProcess(Func<LedgerProcess> start)
    {
        _start = start;
        _current = _start();
        _supervising = SuperviseAsync();
    }

    /// <summary>What each ended life has exited with, in order.</summary>
    public IReadOnlyList<int> ExitCodes
    {
        get
        {
            lock (_gate)
            {
                return [.. _exitCodes];
            }
        }
    }

    /// <summary>Which life it lives, from 0; its book has the same number.</summary>
    public int Life => ExitCodes.Count;

    private LedgerProcess Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>kill -9; returns when another life has begun.</summary>
    public Task KillAsync() => EndLifeAsync(life => life.Kill());

    /// <summary>SIGSTOP: nothing in it runs, and its connections stay open.</summary>
    public void Freeze() => Current.Stop();

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Current.Continue();

    /// <summary>SIGTERM, and waits for the end; returns when another life has begun.</summary>
    /// <returns>What it exited with.</returns>
    public Task<int> RestartAsync() => EndLifeAsync(life => life.Terminate());

    /// <summary>SIGTERM, and waits for the end, which is its last.</summary>
    /// <returns>What it exited with.</returns>
    public async Task<int> StopAsync()
    {
        LastLife().Terminate();
        await _supervising.WaitAsync(ExitDeadline);
        return ExitCodes[^1];
    }

    public async ValueTask DisposeAsync()
    {
        LastLife().Kill();
        await _supervising;
    }

    private async Task<int> EndLifeAsync(Action<LedgerProcess> end)
    {
        Task over;
        int index;
        lock (_gate)
        {
            (over, index) = (_over.Task, _exitCodes.Count);
            end(_current);
        }

        await over.WaitAsync(ExitDeadline);
        return ExitCodes[index];
    }

    private LedgerProcess LastLife()
    {
        lock (_gate)
        {
            _ending = true;
            return _current;
        }
    }

    private async Task SuperviseAsync()
    {
        while (true)
        {
            var code = await Current.WaitForExitAsync();
            lock (_gate)
            {
                _exitCodes.Add(code);
                _over.TrySetResult();
                if (_ending)
                {
                    return;
                }

                _over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _current = _start();
            }
        }
    }
}
