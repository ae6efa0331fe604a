namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Can leave a safety out, which tells what it costs. Each in place of <see cref="Contenders.IContender.StartPublisherAsync"/>.</summary>
internal interface ILessSafe
{
    /// <summary>A publish completes when the client has taken it.</summary>
    Task StartUnconfirmedPublisherAsync();

    /// <summary>The queue is a classic one, on one node alone.</summary>
    Task StartPublisherOfClassicQueueAsync();
}
