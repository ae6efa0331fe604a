namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Publishes and handles many task types, each with a quorum queue of its own.</summary>
internal interface IManyTypes
{
    /// <summary>How many there are at most.</summary>
    const int MostTypes = 300;

    /// <summary>In place of <see cref="Contenders.IContender.StartPublisherAsync"/>.</summary>
    /// <param name="types">How many there are to be, 1 to <see cref="MostTypes"/>.</param>
    Task StartManyPublisherAsync(int types);

    /// <param name="type">From 0.</param>
    /// <param name="task">What the task is made of.</param>
    ValueTask PublishAsync(int type, LoadTask task);

    /// <summary>In place of <see cref="Contenders.IContender.StartWorkerAsync"/>.</summary>
    Task StartManyWorkerAsync(Action<long> handle);
}
