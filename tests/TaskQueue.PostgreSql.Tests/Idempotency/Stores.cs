using Npgsql;
using TaskQueue.PostgreSql.Idempotency;
using TaskQueue.Tests.Support;

namespace TaskQueue.PostgreSql.Tests.Idempotency;

/// <summary>Stores on one test's database, each with a data source of its own, as workers have. Disposed of with the test.</summary>
internal sealed class Stores(TestDatabase database) : IAsyncDisposable
{
    private readonly List<PostgreSqlDatabase> _opened = [];

    public static IdempotencyKey NewKey(string type = "send") => new(type, Guid.CreateVersion7().ToString());

    public PostgreSqlIdempotencyStore Open(Action<NpgsqlConnectionStringBuilder>? change = null) => new(OpenDatabase(change));

    public PostgreSqlDatabase OpenDatabase(Action<NpgsqlConnectionStringBuilder>? change = null)
    {
        var text = database.StringFor($"worker {_opened.Count + 1}");
        change?.Invoke(text);
        var opened = new PostgreSqlDatabase(new PostgreSqlOptions { ConnectionString = text.ConnectionString }, () => throw new InvalidOperationException());
        _opened.Add(opened);
        return opened;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var opened in _opened)
        {
            await opened.DisposeAsync();
        }
    }
}
