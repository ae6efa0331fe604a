using TaskQueue.LoadTest.Cells;
using TaskQueue.LoadTest.Contenders;

namespace TaskQueue.LoadTest.Workloads;

/// <summary>A kind of work, done by any contender in the same way.</summary>
internal interface IWorkload
{
    /// <summary>For the command line and the tables.</summary>
    string Name { get; }

    /// <summary>About how long a cell of it takes at a scale of 1, the mean of all contenders, in seconds.</summary>
    double Seconds { get; }

    /// <summary>Whether it belongs to a run that names no workloads; the others run with <c>--full</c>.</summary>
    bool IsDefault => true;

    /// <summary>In how many rounds it is done at most: few where one takes long.</summary>
    int MostRounds => int.MaxValue;

    /// <summary>The workload whose figures of the same contender and round its ratios are to; else they are to the yardstick's.</summary>
    string? ComparedWith => null;

    /// <summary>What it shows the growth of, if anything.</summary>
    GrowthStep? Growth => null;

    /// <summary>Whether its figures include the start of a process. The others are of one that has long been running: all is compiled with optimisation at once, since .NET
    /// compiles what is hot twice more within the first five to ten seconds, which no warm-up of a second would cover.</summary>
    bool HasStart => Growth is not null;

    /// <summary>What a figure says, where that can be said of it alone.</summary>
    /// <param name="figure">Its name.</param>
    /// <param name="value">The median of the rounds.</param>
    string? Judge(string figure, double value) => null;

    /// <summary>Does it once, warm-up included.</summary>
    /// <param name="contender">Fresh, connected to an empty virtual host.</param>
    /// <param name="request">What was asked for.</param>
    Task<IReadOnlyDictionary<string, double>> RunAsync(IContender contender, CellRequest request);
}
