using StackExchange.Redis;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue;

/// <summary>Where the Redis is that remembers effects: <c>queue.UseRedisIdempotency(redis => …)</c>, or the configuration section <c>TaskQueue:Redis</c>. Code
/// beats configuration.</summary>
public sealed class RedisIdempotencyOptions
{
    // Before the user's own, which then win. The client waits for up to twice the first time for a server that is away, and gives a connection up that is silent for
    // four times the second one: with its own defaults both are longer than tasks should wait. What keeps it alive shows a silent one while no task does.
    private const string Defaults = "connectTimeout=3000,asyncTimeout=2000,keepAlive=2,";

    private readonly Setting<string> _configuration = new(nameof(Configuration), "localhost:6379");
    private readonly Setting<string> _prefix = new(nameof(Prefix), "tq");
    private readonly Setting<int?> _database = new(nameof(Database), null);
    private readonly Setting<Func<IServiceProvider, Task<IConnectionMultiplexer>>?> _connect = new(nameof(Connect), null);

    internal RedisIdempotencyOptions()
    {
    }

    /// <summary>The server or servers, as StackExchange.Redis reads them: <c>host:6379,password=…,ssl=true</c>. <c>abortConnect</c> is always false: a process
    /// starts without Redis. Unless they are given here, <c>connectTimeout</c> is 3 s, <c>asyncTimeout</c> 2 s and <c>keepAlive</c> 2 s. Shown nowhere with its password. Default <c>localhost:6379</c>.</summary>
    public string Configuration { get => _configuration.Value; set => _configuration.SetInCode(value); }

    /// <summary>A connection that the application has already, instead of <see cref="Configuration"/>; it stays the application's to close. Asked when the first task
    /// needs it, and again where it failed. Give it <see cref="BacklogPolicy.FailFast"/>: otherwise calls wait in its backlog
    /// while Redis is away. In code only. Default: none.</summary>
    public Func<IServiceProvider, Task<IConnectionMultiplexer>>? Connect { get => _connect.Value; set => _connect.SetInCode(value); }

    /// <summary>The first word of every key. Applications that share a Redis and name task types alike need one each. Words of letters, digits, <c>_</c> and <c>-</c>, joined by
    /// dots; at most 20 bytes. Default <c>tq</c>.</summary>
    public string Prefix { get => _prefix.Value; set => _prefix.SetInCode(value); }

    /// <summary>The number of the database: 0 or more. A cluster has only 0. Default: what <see cref="Configuration"/> says (<c>defaultDatabase=</c>), else 0.</summary>
    public int? Database { get => _database.Value; set => _database.SetInCode(value); }

    internal IEnumerable<SettingOrigin> Origins =>
    [
        Connect is null ? _configuration.Origin with { Value = ShownConfiguration } : _connect.Origin with { Value = "the application's" },
        _prefix.Origin, _database.Origin with { Value = Database is { } number ? SettingText.Of(number) : "of the connection" },
    ];

    /// <summary>The configuration as it is used, or null where it cannot be read.</summary>
    internal ConfigurationOptions? Parsed
    {
        get
        {
            try
            {
                return ConfigurationOptions.Parse(Defaults + Configuration);
            }
            catch (ArgumentException)
            {
                // Its message quotes the part that cannot be read, which may be a password.
                return null;
            }
        }
    }

    private string ShownConfiguration => Parsed is { } parsed ? string.Join(',', parsed.EndPoints.Select(endPoint => EndPointCollection.ToString(endPoint))) : "(invalid)";

    internal void Configure(SectionReader section)
    {
        _configuration.Configure(section.Text(nameof(Configuration)));
        _prefix.Configure(section.Text(nameof(Prefix)));
        _database.Configure(section.Number(nameof(Database)));
    }
}
