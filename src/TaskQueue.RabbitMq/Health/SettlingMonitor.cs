namespace TaskQueue.RabbitMq.Health;

/// <summary>Which copies that settle tasks are failing. Thread-safe, by its owner's gate.</summary>
internal sealed class SettlingMonitor(HealthMonitor owner)
{
    private readonly Dictionary<CopyTrouble, DateTimeOffset> _failing = [];
    private HealthError? _lastError;

    /// <summary>Under the gate.</summary>
    public SettlingHealth Report => new(_failing.Count, _failing.Count == 0 ? null : _failing.Values.Min(), _lastError);

    public void Failed(CopyTrouble copy, string reason) => owner.Change(now =>
    {
        _lastError = owner.Remember(now, $"A copy that settles a task failed: {reason}");
        if (_failing.TryAdd(copy, now) && _failing.Count == 1)
        {
            owner.LookAgainAfterPatience();
        }
    });

    public void Ended(CopyTrouble copy) => owner.Change(_ => _failing.Remove(copy));
}
