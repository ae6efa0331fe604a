using Npgsql;
using TaskQueue.Tests.Support;

namespace TaskQueue.PostgreSql.Tests.UnitOfWork;

/// <summary>Stalls the commit of one effect inside the server, after the done mark: a deferred trigger waits there for an advisory lock that the test holds.</summary>
internal sealed class Brake : IAsyncDisposable
{
    private readonly TestDatabase _database;
    private readonly NpgsqlConnection _holder;
    private readonly string _name;

    private Brake(TestDatabase database, NpgsqlConnection holder, string name)
    {
        _database = database;
        _holder = holder;
        _name = name;
    }

    public static async Task<Brake> PullAsync(TestDatabase database, string effect)
    {
        var name = $"brake_{Guid.CreateVersion7():N}";
        var holder = await database.Source.OpenConnectionAsync();
        await new NpgsqlCommand("SELECT pg_advisory_lock(1)", holder).ExecuteNonQueryAsync();
        await database.ExecuteAsync($"""
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER {name} AFTER INSERT ON effects DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.effect = '{effect}') EXECUTE FUNCTION {name}();
            """);
        return new Brake(database, holder, name);
    }

    /// <summary>When a commit stands at it.</summary>
    public Task ReachedAsync() => Eventually.TrueAsync(() => _database.ReadAsync<bool>("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"));

    public Task ReleaseAsync() => new NpgsqlCommand("SELECT pg_advisory_unlock_all()", _holder).ExecuteNonQueryAsync();

    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync();
        await _holder.DisposeAsync();
        await _database.ExecuteAsync($"DROP TRIGGER {_name} ON effects; DROP FUNCTION {_name}()");
    }
}
