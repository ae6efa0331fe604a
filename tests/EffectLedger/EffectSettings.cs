using System.Globalization;

namespace TaskQueue.EffectLedger;

/// <summary>The command line, shared by a run and its child processes.</summary>
internal sealed record EffectSettings
{
    public int Tasks { get; init; } = 50_000;

    public StoreKind Store { get; init; }

    /// <summary>Decides what is published, and what breaks in which order.</summary>
    public int Seed { get; init; } = 7;

    public int Workers { get; init; } = 3;

    public int Publishers { get; init; } = 2;

    /// <summary>Publications a second of each publisher.</summary>
    public int Rate { get; init; } = 300;

    /// <summary>Handlers at once in each worker.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Of an effect, in seconds.</summary>
    public double Lease { get; init; } = 2.5;

    /// <summary>Of the connections to the broker, in seconds.</summary>
    public int Heartbeat { get; init; } = 5;

    /// <summary>How long things are broken at most, in minutes.</summary>
    public double Minutes { get; init; } = 20;

    /// <summary>Which child this is, from 0.</summary>
    public int Index { get; init; }

    public string RabbitMq { get; init; } = "";

    /// <summary>The store's address, as its client library takes it.</summary>
    public string StoreAddress { get; init; } = "";

    /// <summary>Of keys in Redis: where others use it too, each run has its own.</summary>
    public string Prefix { get; init; } = "tq";

    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "taskqueue-effects");

    public static EffectSettings Parse(string[] args)
    {
        var settings = new EffectSettings();
        for (var i = 1; i < args.Length; i += 2)
        {
            settings = settings.With(args[i], i + 1 < args.Length ? args[i + 1] : throw new ArgumentException($"'{args[i]}' needs a value."));
        }

        return settings;
    }

    /// <summary>The command line of a child.</summary>
    public IEnumerable<string> ToArguments(string verb, int index) =>
    [
        verb, "--tasks", $"{Tasks}", "--store", $"{Store}", "--seed", $"{Seed}", "--workers", $"{Workers}", "--publishers", $"{Publishers}", "--rate", $"{Rate}",
        "--concurrency", $"{Concurrency}", "--lease", Lease.ToString(CultureInfo.InvariantCulture), "--heartbeat", $"{Heartbeat}", "--index", $"{index}", "--rabbitmq", RabbitMq,
        "--store-address", StoreAddress, "--prefix", Prefix, "--folder", Folder,
    ];

    private EffectSettings With(string name, string value) => name switch
    {
        "--tasks" => this with { Tasks = Number(value) },
        "--store" => this with { Store = Enum.Parse<StoreKind>(value, ignoreCase: true) },
        "--seed" => this with { Seed = Number(value) },
        "--workers" => this with { Workers = Number(value) },
        "--publishers" => this with { Publishers = Number(value) },
        "--rate" => this with { Rate = Number(value) },
        "--concurrency" => this with { Concurrency = Number(value) },
        "--lease" => this with { Lease = double.Parse(value, CultureInfo.InvariantCulture) },
        "--heartbeat" => this with { Heartbeat = Number(value) },
        "--minutes" => this with { Minutes = double.Parse(value, CultureInfo.InvariantCulture) },
        "--index" => this with { Index = Number(value) },
        "--rabbitmq" => this with { RabbitMq = value },
        "--store-address" => this with { StoreAddress = value },
        "--prefix" => this with { Prefix = value },
        "--folder" => this with { Folder = value },
        _ => throw new ArgumentException($"Unknown option '{name}'."),
    };

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
