namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Publishes to a queue with TaskQueue's arguments, by an exchange as TaskQueue's: what is left of a difference is the client's, not the broker's.</summary>
internal interface ISameQueue
{
    /// <summary>In place of <see cref="Contenders.IContender.StartPublisherAsync"/>.</summary>
    Task StartPublisherOfSameQueueAsync();
}
