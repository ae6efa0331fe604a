using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>A kind of work, done by any contender in the same way.</summary>
internal interface IWorkload
{
    /// <summary>For the command line and the tables.</summary>
    string Name { get; }

    /// <summary>Does it once, warm-up included.</summary>
    /// <param name="contender">Fresh, connected to an empty virtual host.</param>
    /// <param name="scale">How long or how much, against the default of 1.</param>
    Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, double scale);
}
