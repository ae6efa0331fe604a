using TaskQueue.Tests.Support;
using Xunit;

namespace TaskQueue.PostgreSql.Tests.UnitOfWork;

/// <summary>A database with our tables and one for effects.</summary>
public sealed class EffectsDatabase : IAsyncLifetime
{
    public TestDatabase Database { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Database.InitializeAsync();
        if (StoreServers.HasPostgreSql)
        {
            await Database.ExecuteAsync(PostgreSqlSchema.MigrationSql());
            await Database.ExecuteAsync("CREATE TABLE effects (effect text)");
        }
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    /// <summary>How often the effect has happened.</summary>
    public Task<long> CountAsync(string effect) => Database.ReadAsync<long>($"SELECT count(*) FROM effects WHERE effect = '{effect}'");
}
