using TaskQueue;

namespace Snippets;

public sealed record BookSeat([property: IdempotencyKey] Guid FlightId, [property: IdempotencyKey] string Seat, string Passenger);

public sealed class ChargeHandler(ICardGateway gateway) : ITaskHandler<ChargeCard>
{
    public Task HandleAsync(ChargeCard task, TaskContext context, CancellationToken cancellationToken) =>
        gateway.ChargeAsync(task.OrderId, task.Amount, context.FencingToken, cancellationToken);
}

public interface ICardGateway
{
    Task ChargeAsync(string orderId, decimal amount, long fencingToken, CancellationToken cancellationToken);
}

public static class IdempotencyPage
{
    public static async Task NameTheEffect(ITaskPublisher publisher, ChargeCard charge)
    {
        await publisher.PublishAsync(charge, new PublishOptions { IdempotencyKey = $"charge:{charge.OrderId}" });
    }

    public static void NameTheEffectInCode(TaskQueueBuilder queue)
    {
        queue.ForTask<ChargeCard>(task => task.IdempotencyKey(charge => $"charge:{charge.OrderId}"));
    }

    public static void Set(TaskQueueBuilder queue)
    {
        queue.Idempotency.Retention = TimeSpan.FromDays(3);
        queue.ForTask<ChargeCard>(task =>
        {
            task.Idempotency.Lease = TimeSpan.FromMinutes(1);
            task.Idempotency.WhenStoreIsAway = StoreOutage.Defer;
        });
        queue.ForTask<DeletePhoto>(task => task.Idempotency.Enabled = false);
    }
}
