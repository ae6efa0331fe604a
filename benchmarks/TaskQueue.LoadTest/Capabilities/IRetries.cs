namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Runs a task again after its handler has failed, and does not lose it in a crash meanwhile.</summary>
internal interface IRetries
{
    /// <summary>As <see cref="Contenders.IContender.StartWorkerAsync"/>; a task whose handler throws <see cref="LoadFailureException"/> is handled again, twice at most.</summary>
    Task StartRetryingWorkerAsync(int concurrency, TimeSpan delay, Func<LoadTask, ValueTask> handle);
}

/// <summary>The failure of a handler that fails on purpose.</summary>
public sealed class LoadFailureException() : Exception("It fails on purpose.");
