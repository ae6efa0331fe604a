using Npgsql;

namespace TaskQueue.EffectLedger;

/// <summary>The effect is a row, in the unit of work. Written first: whatever befalls the run afterwards must undo it.</summary>
internal sealed class RowHandler(PostgreSqlUnitOfWork work, Journal journal) : ITaskHandler<EffectTask>
{
    public Task HandleAsync(EffectTask task, TaskContext context, CancellationToken cancellationToken) =>
        journal.TellAsync(task, context, () => RunAsync(task, context, cancellationToken), cancellationToken);

    private async Task RunAsync(EffectTask task, TaskContext context, CancellationToken cancellationToken)
    {
        var transaction = await work.BeginAsync(cancellationToken);
        await using var command = new NpgsqlCommand("INSERT INTO effects (key, token) VALUES ($1, $2)", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = task.Key }, new() { Value = context.FencingToken } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
        await Working.PassTimeAsync(task, cancellationToken);
        Working.FailIfMeantTo(task, context);
    }
}
