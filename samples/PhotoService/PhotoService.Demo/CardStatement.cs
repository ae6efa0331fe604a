using Npgsql;

namespace PhotoService.Demo;

/// <summary>A charge, as the database has it.</summary>
internal sealed record Charge(Guid OrderId, decimal Amount);

/// <summary>Reads what a card was charged with, past everything that is to be shown.</summary>
internal sealed class CardStatement(string connectionString)
{
    public async Task<IReadOnlyList<Charge>> ReadAsync(string card)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var command = database.CreateCommand("SELECT order_id, amount FROM billing.charges WHERE card = $1");
        command.Parameters.Add(new() { Value = card });
        await using var rows = await command.ExecuteReaderAsync();
        var charges = new List<Charge>();
        while (await rows.ReadAsync())
            charges.Add(new Charge(rows.GetGuid(0), rows.GetDecimal(1)));

        return charges;
    }
}
