using System.Globalization;

namespace TaskQueue.Ledger;

/// <summary>The command line, shared by a run and its child processes.</summary>
internal sealed record Settings
{
    /// <summary>Tasks of the verb <c>publish</c>, over all publishers.</summary>
    public int Tasks { get; init; } = 100_000;

    /// <summary>Tasks with a due time spread over a minute, beside the others.</summary>
    public int Scheduled { get; init; } = 20_000;

    public int Publishers { get; init; } = 3;

    public int Workers { get; init; } = 3;

    public int Seed { get; init; } = 7;

    /// <summary>Which child this is, from 0.</summary>
    public int Index { get; init; }

    public string RabbitMq { get; init; } = Environment.GetEnvironmentVariable("TASKQUEUE_RABBITMQ") ?? "amqp://localhost";

    public string Prefix { get; init; } = "ledger";

    public string Folder { get; init; } = Path.Combine(Path.GetTempPath(), "taskqueue-ledger");

    /// <summary>When scheduled tasks start to be due, Unix milliseconds.</summary>
    public long ScheduleStart { get; init; }

    /// <summary>Publishes a second of the verb <c>load</c>, of each publisher.</summary>
    public int Rate { get; init; } = 100;

    /// <summary>Handlers at once of each task type, in each worker.</summary>
    public int Concurrency { get; init; } = 16;

    /// <summary>Prefetch of each queue; 0 for four times the concurrency.</summary>
    public int Prefetch { get; init; }

    /// <summary>A task type's timeout, in seconds.</summary>
    public int Timeout { get; init; } = 300;

    /// <summary>The host's shutdown timeout, in seconds.</summary>
    public int Shutdown { get; init; } = 30;

    /// <summary>Heartbeats, in seconds.</summary>
    public int Heartbeat { get; init; } = 5;

    /// <summary>Further nodes of a cluster: host:port, with commas between.</summary>
    public string Nodes { get; init; } = "";

    /// <summary>Whether the command line names the broker.</summary>
    public bool BrokerIsGiven { get; init; }

    /// <summary>Whether a soak starts a cluster of three nodes.</summary>
    public bool Cluster { get; init; }

    /// <summary>How long a soak lasts, in minutes.</summary>
    public double Minutes { get; init; } = 30;

    /// <summary>What a soak runs with: a small prefetch, since each lost connection may repeat what it held.</summary>
    public Settings ForSoak() => this with { Publishers = 2, Workers = 2, Rate = 50, Concurrency = 4, Prefetch = 8 };

    /// <summary>The most messages that one worker holds at a time, over all work queues; by default, scheduled tasks have twice the prefetch of the others.</summary>
    public int HeldByAWorker => Prefetch == 0 ? 4 * Concurrency * (Registration.WorkQueues + 1) : Prefetch * Registration.WorkQueues;

    public static Settings Parse(string[] args)
    {
        var settings = new Settings();
        for (var i = 1; i + 1 < args.Length; i += 2)
        {
            settings = settings.With(args[i], args[i + 1]);
        }

        return settings;
    }

    /// <summary>The command line of a child.</summary>
    public IEnumerable<string> ToArguments(string verb, int index) =>
    [
        verb, "--tasks", $"{Tasks}", "--scheduled", $"{Scheduled}", "--publishers", $"{Publishers}", "--workers", $"{Workers}", "--seed", $"{Seed}",
        "--index", $"{index}", "--rabbitmq", RabbitMq, "--prefix", Prefix, "--folder", Folder, "--schedule-start", $"{ScheduleStart}",
        "--rate", $"{Rate}", "--concurrency", $"{Concurrency}", "--prefetch", $"{Prefetch}", "--timeout", $"{Timeout}", "--shutdown", $"{Shutdown}",
        "--heartbeat", $"{Heartbeat}", "--nodes", Nodes,
    ];

    private Settings With(string name, string value) => name switch
    {
        "--tasks" => this with { Tasks = Number(value) },
        "--scheduled" => this with { Scheduled = Number(value) },
        "--publishers" => this with { Publishers = Number(value) },
        "--workers" => this with { Workers = Number(value) },
        "--seed" => this with { Seed = Number(value) },
        "--index" => this with { Index = Number(value) },
        "--rabbitmq" => this with { RabbitMq = value, BrokerIsGiven = true },
        "--cluster" => this with { Cluster = bool.Parse(value) },
        "--prefix" => this with { Prefix = value },
        "--folder" => this with { Folder = value },
        "--schedule-start" => this with { ScheduleStart = long.Parse(value, CultureInfo.InvariantCulture) },
        "--rate" => this with { Rate = Number(value) },
        "--concurrency" => this with { Concurrency = Number(value) },
        "--prefetch" => this with { Prefetch = Number(value) },
        "--timeout" => this with { Timeout = Number(value) },
        "--shutdown" => this with { Shutdown = Number(value) },
        "--heartbeat" => this with { Heartbeat = Number(value) },
        "--nodes" => this with { Nodes = value },
        "--minutes" => this with { Minutes = double.Parse(value, CultureInfo.InvariantCulture) },
        _ => throw new ArgumentException($"Unknown option '{name}'."),
    };

    private static int Number(string value) => int.Parse(value, CultureInfo.InvariantCulture);
}
