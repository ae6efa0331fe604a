namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Publishes by many publishers, each with a connection of its own.</summary>
internal interface IManyPublishers
{
    /// <summary>In place of <see cref="Contenders.IContender.StartPublisherAsync"/>.</summary>
    Task StartPublishersAsync(int publishers);

    /// <param name="publisher">From 0.</param>
    /// <param name="task">The task.</param>
    ValueTask PublishByAsync(int publisher, LoadTask task);
}
