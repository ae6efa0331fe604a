using Npgsql;
using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.PostgreSql;

namespace TaskQueue;

/// <summary>Where TaskQueue's tables are in PostgreSQL: <c>queue.UsePostgreSqlIdempotency(postgres => …)</c>, or the configuration section <c>TaskQueue:PostgreSql</c>. Code
/// beats configuration. One database a process, for everything that it keeps in PostgreSQL: naming another one for the outbox is a fault at start.</summary>
public sealed class PostgreSqlOptions
{
    private readonly Setting<string?> _connectionString = new(nameof(ConnectionString), null);
    private readonly Setting<string> _schema = new(nameof(Schema), PostgreSqlSchema.DefaultName);
    private readonly Setting<bool> _migrateAtStart = new(nameof(MigrateAtStart), true);

    internal PostgreSqlOptions()
    {
    }

    /// <summary>The database, as Npgsql's connection strings name it. Default: the <see cref="NpgsqlDataSource"/> that is registered in the application's services. It is
    /// shown nowhere with its password.</summary>
    public string? ConnectionString { get => _connectionString.Value; set => _connectionString.SetInCode(value); }

    /// <summary>The data source to use instead of <see cref="ConnectionString"/>; it stays the application's, and is not disposed of. Default: none.</summary>
    public NpgsqlDataSource? DataSource { get; set; }

    /// <summary>The schema of our tables: 1 to 63 lower-case letters, digits and <c>_</c>, no digit first. Default <c>taskqueue</c>.</summary>
    public string Schema { get => _schema.Value; set => _schema.SetInCode(value); }

    /// <summary>Whether the tables are created and brought up to date when the host starts; several workers may do so at once. Default true. Where false, they are
    /// verified at start: apply <see cref="PostgreSqlSchema.MigrationSql()"/> by hand.</summary>
    public bool MigrateAtStart { get => _migrateAtStart.Value; set => _migrateAtStart.SetInCode(value); }

    internal IEnumerable<SettingOrigin> Origins =>
        [_connectionString.Origin with { Value = ConnectionText.Of(this) }, _schema.Origin, _migrateAtStart.Origin];

    internal void Configure(SectionReader section)
    {
        _connectionString.Configure(section.Text(nameof(ConnectionString)));
        _schema.Configure(section.Text(nameof(Schema)));
        _migrateAtStart.Configure(section.Flag(nameof(MigrateAtStart)));
    }
}
