namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Keeps a task on the broker, or in another durable place, until it is due.</summary>
internal interface IDelays
{
    /// <summary>Completes when the task is safe.</summary>
    ValueTask PublishAsync(LoadTask task, TimeSpan delay);
}
