using Polly;
using Polly.CircuitBreaker;
using TaskQueue;

namespace Snippets;

public static class RetriesPage
{
    public static void Policies(TaskQueueBuilder queue)
    {
        queue.ForTask<MakeThumbnails>(task => task.Retry = RetryPolicy
            .Exponential(maxAttempts: 5, first: TimeSpan.FromSeconds(10), cap: TimeSpan.FromMinutes(10))
            .For<HttpRequestException>(RetryPolicy.Fixed(maxAttempts: 20, TimeSpan.FromSeconds(30)))
            .Never<InvalidDataException>());
        queue.ForTask<DeletePhoto>(task => task.Retry = RetryPolicy
            .Ladder(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5)));
    }

    public static void Crashes(TaskQueueBuilder queue)
    {
        queue.ForTask<MakeThumbnails>(task => task.MaxCrashes = 5);
    }

    public static void InProcess(TaskQueueBuilder queue)
    {
        queue.ForTask<ChargeCard>(task => task.Resilience(pipeline => pipeline
            .AddRetry(new() { MaxRetryAttempts = 2, Delay = TimeSpan.FromMilliseconds(50) })
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions())));
    }
}

public interface IPaymentGateway
{
    Task<Payment> ChargeAsync(ChargeCard charge, CancellationToken cancellationToken);
}

public sealed record Payment(bool Busy, bool CardBlocked, bool AlreadyPaid, TimeSpan TryAgainIn);

public sealed class ChargeCardHandler(IPaymentGateway gateway) : ITaskHandler<ChargeCard>
{
    public async Task HandleAsync(ChargeCard task, TaskContext context, CancellationToken cancellationToken)
    {
        var payment = await gateway.ChargeAsync(task, cancellationToken);
        if (payment.Busy)
        {
            context.Defer(payment.TryAgainIn);
        }
        else if (payment.CardBlocked)
        {
            context.DeadLetter("card blocked");
        }
        else if (payment.AlreadyPaid)
        {
            context.Discard("already paid");
        }
    }
}
