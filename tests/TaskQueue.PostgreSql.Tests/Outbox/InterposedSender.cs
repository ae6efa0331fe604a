using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Pipeline;

namespace TaskQueue.PostgreSql.Tests.Outbox;

/// <summary>The real way to the broker, with a test's own step around it.</summary>
internal sealed class InterposedSender(IEnvelopeSender real, Func<TaskEnvelope, Func<ValueTask<PublishReceipt>>, ValueTask<PublishReceipt>> around) : IEnvelopeSender
{
    public ValueTask<PublishReceipt> SendAsync(TaskEnvelope envelope, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        around(envelope, () => real.SendAsync(envelope, body, cancellationToken));

    public static void Interpose(IServiceCollection services, Func<TaskEnvelope, Func<ValueTask<PublishReceipt>>, ValueTask<PublishReceipt>> around)
    {
        var real = services.Single(service => service.ServiceType == typeof(IEnvelopeSender));
        services.Remove(real);
        services.AddSingleton<IEnvelopeSender>(provider => new InterposedSender((IEnvelopeSender)real.ImplementationFactory!(provider), around));
    }
}
