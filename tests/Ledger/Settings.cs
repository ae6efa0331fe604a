namespace TaskQueue.Ledger;

/// <summary>The command line, shared by the run and its child processes.</summary>
internal sealed record Settings
{
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

    public static Settings Parse(string[] args)
    {
        var settings = new Settings();
        for (var i = 1; i + 1 < args.Length; i += 2)
        {
            settings = settings.With(args[i], args[i + 1]);
        }

        return settings;
    }

    public IEnumerable<string> ToArguments(string verb, int index) =>
    [
        verb, "--tasks", $"{Tasks}", "--scheduled", $"{Scheduled}", "--publishers", $"{Publishers}", "--workers", $"{Workers}", "--seed", $"{Seed}",
        "--index", $"{index}", "--rabbitmq", RabbitMq, "--prefix", Prefix, "--folder", Folder, "--schedule-start", $"{ScheduleStart}",
    ];

    private Settings With(string name, string value) => name switch
    {
        "--tasks" => this with { Tasks = int.Parse(value) },
        "--scheduled" => this with { Scheduled = int.Parse(value) },
        "--publishers" => this with { Publishers = int.Parse(value) },
        "--workers" => this with { Workers = int.Parse(value) },
        "--seed" => this with { Seed = int.Parse(value) },
        "--index" => this with { Index = int.Parse(value) },
        "--rabbitmq" => this with { RabbitMq = value },
        "--prefix" => this with { Prefix = value },
        "--folder" => this with { Folder = value },
        "--schedule-start" => this with { ScheduleStart = long.Parse(value) },
        _ => throw new ArgumentException($"Unknown option '{name}'."),
    };
}
