namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Publishes with a priority that the queue obeys.</summary>
internal interface IPriorities
{
    /// <param name="task">The task.</param>
    /// <param name="priority">AMQP's, 0 to 9.</param>
    ValueTask PublishAsync(LoadTask task, byte priority);
}
