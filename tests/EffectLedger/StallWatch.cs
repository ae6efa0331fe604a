namespace TaskQueue.EffectLedger;

/// <summary>Tells when this process got no processor: a thread of its own that wakes up often, and is late. Until it is disposed.</summary>
internal sealed class StallWatch : IDisposable
{
    private static readonly TimeSpan Nap = TimeSpan.FromMilliseconds(50);

    private readonly Journal _journal;
    private readonly ManualResetEventSlim _over = new();
    private readonly Thread _thread;

    public StallWatch(Journal journal)
    {
        _journal = journal;
        _thread = new Thread(Watch) { IsBackground = true, Name = "stall watch" };
        _thread.Start();
    }

    public void Dispose()
    {
        _over.Set();
        _thread.Join();
        _over.Dispose();
    }

    private void Watch()
    {
        for (var since = Clock.Now; !_over.Wait(Nap); since = Clock.Now)
        {
            _journal.TellStall(since);
        }
    }
}
