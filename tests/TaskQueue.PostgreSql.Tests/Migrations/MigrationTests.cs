using Npgsql;
using TaskQueue.PostgreSql.Migrations;
using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.Migrations;

public sealed class MigrationTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await database.ExecuteAsync("DROP SCHEMA IF EXISTS taskqueue CASCADE; DROP SCHEMA IF EXISTS by_hand CASCADE");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Workers_that_start_at_once_create_the_tables_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Migrator().EnsureAsync(Token)));

        Assert.Equal(Migration.All.Select(migration => migration.Version), await VersionsAsync());
    }

    [Fact]
    public async Task A_migration_that_is_applied_is_not_applied_again()
    {
        await Migrator().EnsureAsync(Token);
        await database.ExecuteAsync("UPDATE taskqueue.schema_version SET applied_at = 'epoch'");

        await Migrator().EnsureAsync(Token);
        await database.ExecuteAsync(PostgreSqlSchema.MigrationSql());

        Assert.True(await database.ReadAsync<bool>("SELECT bool_and(applied_at = 'epoch') FROM taskqueue.schema_version"));
    }

    [Fact]
    public async Task What_is_printed_makes_the_same_tables_as_a_worker()
    {
        await Migrator().EnsureAsync(Token);

        await database.ExecuteAsync(PostgreSqlSchema.MigrationSql("by_hand"));

        Assert.NotEmpty(await ShapeAsync("taskqueue"));
        Assert.Equal(await ShapeAsync("taskqueue"), await ShapeAsync("by_hand"));
    }

    [Fact]
    public async Task A_worker_that_may_not_migrate_says_what_is_missing_and_starts_once_it_was_applied_by_hand()
    {
        var fault = await Assert.ThrowsAsync<PostgreSqlSetupException>(() => Migrator(mayMigrate: false).EnsureAsync(Token));

        Assert.Contains("1 (idempotency)", fault.MissingMigrations);
        Assert.Contains("PostgreSqlSchema.MigrationSql(\"taskqueue\")", fault.Message, StringComparison.Ordinal);
        Assert.Equal("docs/errors.md#postgresql-setup", fault.HelpLink);
        await database.ExecuteAsync(PostgreSqlSchema.MigrationSql());
        await Migrator(mayMigrate: false).EnsureAsync(Token);
    }

    [Fact]
    public async Task A_user_who_may_create_nothing_starts_on_tables_that_are_there()
    {
        await using var poor = NpgsqlDataSource.Create(await database.CreateUserAsync("poor"));

        var refused = await Assert.ThrowsAsync<PostgreSqlSetupException>(() => new SchemaMigrator(poor, "taskqueue", mayMigrate: true).EnsureAsync(Token));
        await database.ExecuteAsync(PostgreSqlSchema.MigrationSql());
        await database.ExecuteAsync("GRANT USAGE ON SCHEMA taskqueue TO PUBLIC; GRANT SELECT ON ALL TABLES IN SCHEMA taskqueue TO PUBLIC");

        Assert.Contains("permission denied", refused.Message, StringComparison.Ordinal);
        Assert.Contains("GRANT", refused.Message, StringComparison.OrdinalIgnoreCase);
        await new SchemaMigrator(poor, "taskqueue", mayMigrate: true).EnsureAsync(Token);
    }

    [Fact]
    public async Task Adatabase_of_a_newer_version_is_taken_as_it_is()
    {
        await Migrator().EnsureAsync(Token);
        await database.ExecuteAsync("INSERT INTO taskqueue.schema_version (version, name) VALUES (1000, 'of tomorrow')");

        await Migrator(mayMigrate: false).EnsureAsync(Token);
    }

    [Fact]
    public async Task Tables_are_made_whatever_isolation_thedatabase_prefers()
    {
        var strict = database.StringFor("strict");
        strict.Options = "-c default_transaction_isolation=serializable";
        await using var source = NpgsqlDataSource.Create(strict);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => new SchemaMigrator(source, "taskqueue", mayMigrate: true).EnsureAsync(Token)));

        Assert.Equal(Migration.All.Select(migration => migration.Version), await VersionsAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a-b")]
    [InlineData("A")]
    [InlineData("1a")]
    [InlineData("a\"; DROP TABLE x; --")]
    public void A_schema_name_that_would_need_care_in_sql_is_refused(string name) => Assert.Throws<ArgumentException>(() => PostgreSqlSchema.MigrationSql(name));

    [Fact]
    public void Migrations_are_numbered_without_gaps() => Assert.Equal(Enumerable.Range(1, Migration.All.Count), Migration.All.Select(migration => migration.Version));

    private SchemaMigrator Migrator(bool mayMigrate = true) => new(database.Source, "taskqueue", mayMigrate);

    private Task<int[]> VersionsAsync() => database.ReadAsync<int[]>("SELECT array_agg(version ORDER BY version) FROM taskqueue.schema_version");

    // Columns with their types, and indexes.
    private Task<string[]> ShapeAsync(string schema) => database.ReadAsync<string[]>($"""
        SELECT array_agg(line ORDER BY line) FROM (
            SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default, collation_name) AS line FROM information_schema.columns WHERE table_schema = '{schema}'
            UNION ALL SELECT replace(indexdef, '{schema}.', '') FROM pg_indexes WHERE schemaname = '{schema}') shape
        """);
}
