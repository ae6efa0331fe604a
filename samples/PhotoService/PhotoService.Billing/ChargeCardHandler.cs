using Npgsql;
using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Billing;

/// <summary>
/// Charges a card exactly once for each order, however often the order comes and whenever the process dies: the charge, and the mark that
/// this order is charged, are committed in one transaction, which <see cref="PostgreSqlUnitOfWork"/> begins here and TaskQueue commits.
/// </summary>
public sealed partial class ChargeCardHandler(PostgreSqlUnitOfWork work, ILogger<ChargeCardHandler> logger) : ITaskHandler<ChargeCard>
{
    /// <inheritdoc/>
    public async Task HandleAsync(ChargeCard task, TaskContext context, CancellationToken cancellationToken)
    {
        var transaction = await work.BeginAsync(cancellationToken);
        await using var command = new NpgsqlCommand(
            "INSERT INTO billing.charges (card, order_id, amount) VALUES ($1, $2, $3)", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = task.Card }, new() { Value = task.OrderId }, new() { Value = task.Amount } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
        Charging(task.Card, task.Amount, task.OrderId);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Charging card {Card} with {Amount} for order {OrderId}")]
    private partial void Charging(string card, decimal amount, Guid orderId);
}
