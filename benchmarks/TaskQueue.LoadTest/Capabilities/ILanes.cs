namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Consumes a queue for each priority.</summary>
internal interface ILanes : IPriorities
{
    /// <summary>As <see cref="Contenders.IContender.StartWorkerAsync"/>.</summary>
    Task StartWorkerWithLanesAsync(int concurrency, Func<LoadTask, ValueTask> handle);
}
