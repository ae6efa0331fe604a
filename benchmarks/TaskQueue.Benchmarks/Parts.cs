using System.Buffers;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Pipeline;

namespace TaskQueue.Benchmarks;

/// <summary>The product's own services for one task type, as an application registers them; nothing is started, so nothing connects.</summary>
internal static class Parts
{
    /// <param name="idempotency">Whether duplicates are recognised: a benchmark that runs one task again and again would measure little else.</param>
    public static ServiceProvider CreateServices(bool idempotency = false) => new ServiceCollection()
        .AddTaskQueue(queue =>
        {
            queue.UseRabbitMq("amqp://localhost").AddHandler<PhotoHandler>();
            queue.Idempotency.Enabled = idempotency;
        })
        .BuildServiceProvider();

    public static TaskEnvelope CreateEnvelope(IServiceProvider services) =>
        services.GetRequiredService<PublishContextFactory>().Create(Photo.Sample, options: null).Envelope;

    public static byte[] Write(ITaskSerializer serializer)
    {
        var body = new ArrayBufferWriter<byte>();
        serializer.Serialize(Photo.Sample, body);
        return body.WrittenSpan.ToArray();
    }
}
