namespace TaskQueue.LoadTest.Capabilities;

/// <summary>Publishes and handles many task types, each with a quorum queue of its own.</summary>
internal interface IManyTypes
{
    /// <summary>How many there are at most.</summary>
    const int MostTypes = 300;

    private const int MostPrefetch = 512;
    private const int Together = 4096;
    private const int MostConcurrency = 16;
    private const int LeastConcurrency = 8;

    /// <summary>The prefetch of each type's queue, one rule for every contender: that of the other workloads, and with many types a share of what all may have together.</summary>
    static ushort PrefetchOf(int types) => (ushort)Math.Min(MostPrefetch, Together / types);

    /// <summary>Handlers at once of each type, where a contender counts them by type: with one type those of the other workloads, with many TaskQueue's default.</summary>
    static int ConcurrencyOf(int types) => Math.Max(LeastConcurrency, MostConcurrency / types);

    /// <summary>In place of <see cref="Contenders.IContender.StartPublisherAsync"/>.</summary>
    /// <param name="types">How many there are to be, 1 to <see cref="MostTypes"/>.</param>
    Task StartManyPublisherAsync(int types);

    /// <param name="type">From 0.</param>
    /// <param name="task">What the task is made of.</param>
    ValueTask PublishAsync(int type, LoadTask task);

    /// <summary>In place of <see cref="Contenders.IContender.StartWorkerAsync"/>.</summary>
    Task StartManyWorkerAsync(Action<long> handle);
}
