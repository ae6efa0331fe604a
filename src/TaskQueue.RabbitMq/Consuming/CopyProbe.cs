namespace TaskQueue.RabbitMq.Consuming;

/// <summary>The turn of the one copy that tries a refused exchange while the others wait. Made and ended by its <see cref="CopyTarget"/>.</summary>
internal sealed class CopyProbe
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the others need not wait for it any more.</summary>
    public Task Ended => _ended.Task;

    public void End() => _ended.TrySetResult();
}
