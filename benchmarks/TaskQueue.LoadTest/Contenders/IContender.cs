namespace TaskQueue.LoadTest.Contenders;

/// <summary>
/// One library, set up as well as its users could: durable quorum queue, persistent and confirmed publishes, an acknowledgement after the handler.
/// A cell has a process and a virtual host of its own. Its methods are called in the order publisher, worker, dispose; publishes come from many threads.
/// </summary>
internal interface IContender : IAsyncDisposable
{
    /// <summary>Connects and makes the queue. Returns when publishes may begin.</summary>
    Task StartPublisherAsync();

    /// <summary>Completes when the broker has confirmed it.</summary>
    ValueTask PublishAsync(LoadTask task);

    /// <summary>Publishes all by the library's way for many. Completes when all are confirmed.</summary>
    Task PublishManyAsync(IReadOnlyList<LoadTask> tasks);

    /// <summary>Handles what is in the queue, so many at once. Returns when it consumes.</summary>
    Task StartWorkerAsync(int concurrency, Func<LoadTask, ValueTask> handle);
}
