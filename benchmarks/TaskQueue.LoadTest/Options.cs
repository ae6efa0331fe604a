using System.Globalization;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest;

/// <summary>What was asked for on the command line.</summary>
/// <param name="Workloads">Names of workloads, in the order of the tables; the default ones where none is named.</param>
/// <param name="Contenders">Names of contenders; all that are built where none is named. The yardstick is always among them.</param>
internal sealed record Options(IReadOnlyList<string> Workloads, IReadOnlyList<string> Contenders)
{
    private const double FullScale = 2;

    /// <summary>How often each contender does each workload, at least 1. Default 5.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>How long or how much a cell does, against the default of 1. A full run has 2.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Seed of the order within the rounds.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The broker's AMQP address.</summary>
    public Uri Broker { get; init; } = new("amqp://guest:guest@127.0.0.1:5672");

    /// <summary>Its management address.</summary>
    public Uri Management { get; init; } = new("http://127.0.0.1:15672");

    /// <summary>Folder of the results.</summary>
    public string Results { get; init; } = "benchmarks/results";

    /// <summary>The file of an earlier run that is to go on: it says what is run, too.</summary>
    public string? Resume { get; init; }

    /// <summary>The first process of each of the broker's nodes on this machine; none where they are not known.</summary>
    public IReadOnlyList<int> BrokerProcesses { get; init; } = [];

    /// <summary>The working tree's commit, for the report.</summary>
    public string Commit { get; init; } = Reports.RunHeader.Unknown;

    /// <exception cref="ArgumentException">Something is not known.</exception>
    public static Options Parse(IReadOnlyList<string> arguments) => Parse(arguments, program => program.IsBuilt);

    /// <inheritdoc cref="Parse(IReadOnlyList{string})"/>
    public static Options Parse(IReadOnlyList<string> arguments, Func<ContenderProgram, bool> isBuilt)
    {
        var options = new Options([], []);
        var names = new List<string>();
        var isFull = arguments.Contains("--full");
        var left = new Queue<string>(arguments.Where(argument => argument != "--full"));
        options = isFull ? options with { Scale = FullScale } : options;
        while (left.TryDequeue(out var argument))
        {
            if (argument.StartsWith("--", StringComparison.Ordinal))
            {
                options = options.With(argument, left.TryDequeue(out var value) ? value : throw new ArgumentException($"'{argument}' needs a value.", nameof(arguments)));
            }
            else
            {
                names.Add(argument);
            }
        }

        var contenders = names.Where(ContenderList.Names.Contains).ToList();
        return options with { Workloads = Choose([.. names.Except(contenders)], isFull), Contenders = ChooseContenders(contenders, isBuilt) };
    }

    // What a chosen workload is compared with is run as well.
    private static List<string> Choose(List<string> names, bool isFull)
    {
        var named = names.SelectMany(name => name == WorkloadList.Growth ? WorkloadList.All.Where(workload => workload.Growth is not null) : [WorkloadList.Find(name)]).ToList();
        var chosen = named.Count > 0 ? named : [.. WorkloadList.All.Where(workload => isFull || workload.IsDefault)];
        var wanted = chosen.Select(workload => workload.Name).Concat(chosen.Select(workload => workload.ComparedWith)).ToHashSet();
        return [.. WorkloadList.All.Select(workload => workload.Name).Where(wanted.Contains)];
    }

    private static IReadOnlyList<string> ChooseContenders(List<string> names, Func<ContenderProgram, bool> isBuilt) =>
        names.Count == 0 ? [.. ContenderList.All.Where(isBuilt).Select(program => program.Name)]
        : names.Find(name => !isBuilt(ContenderList.Find(name))) is { } missing ? throw new ArgumentException($"The contender '{missing}' is not built: eng/bench.sh says why.", nameof(names))
        : [.. names.Prepend(ContenderList.Yardstick).Distinct()];

    private Options With(string option, string value) => option switch
    {
        "--rounds" => this with { Rounds = int.TryParse(value, CultureInfo.InvariantCulture, out var rounds) && rounds > 0 ? rounds : throw Refused(option, value, "a whole number of at least 1") },
        "--scale" => this with { Scale = double.TryParse(value, CultureInfo.InvariantCulture, out var scale) && scale > 0 && double.IsFinite(scale) ? scale : throw Refused(option, value, "a number above 0, such as 0.5") },
        "--seed" => this with { Seed = int.Parse(value, CultureInfo.InvariantCulture) },
        "--broker" => this with { Broker = new Uri(value) },
        "--management" => this with { Management = new Uri(value) },
        "--broker-processes" => this with { BrokerProcesses = [.. value.Split(',').Select(id => int.Parse(id, CultureInfo.InvariantCulture))] },
        "--commit" => this with { Commit = value },
        "--results" => this with { Results = value },
        "--resume" => this with { Resume = value },
        _ => throw new ArgumentException($"The option '{option}' is not known. See eng/bench.sh --help.", nameof(option)),
    };

    private static ArgumentException Refused(string option, string value, string wanted) => new($"'{option}' is '{value}': it takes {wanted}.", nameof(option));
}
