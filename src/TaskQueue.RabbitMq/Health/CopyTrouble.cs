namespace TaskQueue.RabbitMq.Health;

/// <summary>The failures of one copy, until it ends well or not. Says nothing to anybody before the first. Used by the copy's one sender.</summary>
internal sealed class CopyTrouble(SettlingMonitor monitor) : IDisposable
{
    public int Failures { get; private set; }

    public void Failed(string reason)
    {
        Failures++;
        monitor.Failed(this, reason);
    }

    public void Dispose()
    {
        if (Failures > 0)
        {
            monitor.Ended(this);
        }
    }
}
