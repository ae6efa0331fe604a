using TaskQueue;

namespace PhotoService.Billing;

/// <summary>This worker's part of TaskQueue. It is apart from the photo worker, which needs no database.</summary>
public static class BillingWorker
{
    /// <summary>Registers the handler, and where it is remembered which charges are done.</summary>
    public static void Configure(TaskQueueBuilder queue)
    {
        queue.UseRabbitMq();                 // from the configuration: TaskQueue:RabbitMq:Uri
        queue.UsePostgreSqlIdempotency();    // in the application's own database, where the charges are too
        queue.AddHandler<ChargeCardHandler>();
    }
}
