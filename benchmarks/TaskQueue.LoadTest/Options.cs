using System.Globalization;
using TaskQueue.LoadTest.Contenders;
using TaskQueue.LoadTest.Workloads;

namespace TaskQueue.LoadTest;

/// <summary>What was asked for on the command line.</summary>
/// <param name="Workloads">Names of workloads; all where none is named.</param>
/// <param name="Contenders">Names of contenders; all that are built where none is named. The yardstick is always among them.</param>
internal sealed record Options(IReadOnlyList<string> Workloads, IReadOnlyList<string> Contenders)
{
    /// <summary>How often each contender does each workload: 1 to 100. Default 5.</summary>
    public int Rounds { get; init; } = 5;

    /// <summary>How long or how much a cell does: 0.1 to 10 times the default.</summary>
    public double Scale { get; init; } = 1;

    /// <summary>Seed of the order within the rounds.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The broker's AMQP address.</summary>
    public Uri Broker { get; init; } = new("amqp://guest:guest@127.0.0.1:5672");

    /// <summary>Its management address.</summary>
    public Uri Management { get; init; } = new("http://127.0.0.1:15672");

    /// <summary>Folder of the results.</summary>
    public string Results { get; init; } = "benchmarks/results";

    /// <exception cref="ArgumentException">Something is not known.</exception>
    public static Options Parse(IReadOnlyList<string> arguments)
    {
        var options = new Options([], []);
        var names = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new ArgumentException($"'{arguments[i]}' needs a value.", nameof(arguments));
                options = options.With(arguments[i++], value);
            }
            else
            {
                names.Add(arguments[i]);
            }
        }

        var contenders = names.Where(ContenderList.Names.Contains).ToList();
        var workloads = names.Except(contenders).Select(name => WorkloadList.Find(name).Name).ToList();
        return options with
        {
            Workloads = workloads.Count > 0 ? workloads : [.. WorkloadList.All.Select(workload => workload.Name)],
            Contenders = contenders.Count > 0 ? [.. contenders.Prepend(ContenderList.Yardstick).Distinct()] : [.. ContenderList.All.Where(program => program.IsBuilt).Select(program => program.Name)],
        };
    }

    private Options With(string option, string value) => option switch
    {
        "--rounds" => this with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
        "--scale" => this with { Scale = double.Parse(value, CultureInfo.InvariantCulture) },
        "--seed" => this with { Seed = int.Parse(value, CultureInfo.InvariantCulture) },
        "--broker" => this with { Broker = new Uri(value) },
        "--management" => this with { Management = new Uri(value) },
        "--results" => this with { Results = value },
        _ => throw new ArgumentException($"The option '{option}' is not known. See eng/bench.sh --help.", nameof(option)),
    };
}
