namespace TaskQueue.RabbitMq.Publishing;

/// <summary>When a publish must be done with all its repetitions.</summary>
internal readonly struct PublishDeadline(TimeProvider time, TimeSpan total)
{
    private readonly long _started = time.GetTimestamp();

    public TimeSpan Total => total;

    /// <summary>What is left; never negative.</summary>
    public TimeSpan Left
    {
        get
        {
            var left = total - time.GetElapsedTime(_started);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}
