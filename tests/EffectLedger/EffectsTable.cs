using Npgsql;

namespace TaskQueue.EffectLedger;

/// <summary>The rows that <see cref="RowHandler"/> writes. No key is unique there: a second effect must show, and not fail.</summary>
/// <param name="address">The database, as Npgsql takes it.</param>
internal sealed class EffectsTable(string address) : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(address);

    public async Task CreateAsync()
    {
        await using var command = _source.CreateCommand("CREATE TABLE IF NOT EXISTS effects (key text NOT NULL, token bigint NOT NULL)");
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>All effects that were committed.</summary>
    public async Task<IReadOnlyList<(string Key, long Token)>> ReadAsync()
    {
        await using var command = _source.CreateCommand("SELECT key, token FROM effects");
        await using var rows = await command.ExecuteReaderAsync();
        var effects = new List<(string, long)>();
        while (await rows.ReadAsync())
        {
            effects.Add((rows.GetString(0), rows.GetInt64(1)));
        }

        return effects;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}
