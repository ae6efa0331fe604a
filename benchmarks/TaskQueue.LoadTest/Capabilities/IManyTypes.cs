namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Publishes and handles 200 task types, each with a quorum queue of its own.</summary>
internal interface IManyTypes
{
    /// <summary>How many there are.</summary>
    const int Types = 200;

    /// <summary>In place of <see cref="Contenders.IContender.StartPublisherAsync"/>.</summary>
    Task StartManyPublisherAsync();

    /// <param name="type">0 to 199.</param>
    /// <param name="task">What the task is made of.</param>
    ValueTask PublishAsync(int type, LoadTask task);

    /// <summary>In place of <see cref="Contenders.IContender.StartWorkerAsync"/>.</summary>
    Task StartManyWorkerAsync(Action<long> handle);
}
