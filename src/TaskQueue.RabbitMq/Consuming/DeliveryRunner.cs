using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What a slot does with a delivery: reads its envelope, runs the pipeline, hands the outcome to the settler. Nothing escapes it.
/// Thread-safe.</summary>
internal sealed class DeliveryRunner(EnvelopeReader reader, TaskExecutor executor, Settler settler, ILogger<DeliveryRunner> logger)
{
    public async ValueTask RunAsync(Delivery delivery)
    {
        try
        {
            if (delivery.Source.IsStale)
            {
                delivery.ReturnBody();
                return;
            }

            var reading = reader.Read(delivery.Properties, delivery.Body.Length);
            if (reading.Envelope is { } envelope)
            {
                var outcome = await executor.ExecuteAsync(envelope, delivery.Body, delivery.Source.Queue.Name, delivery.Source.Abort).ConfigureAwait(false);
                settler.Settle(delivery, envelope, outcome);
            }
            else
            {
                settler.Settle(delivery, envelope: null, new TaskOutcome.DeadLettered(reading.Fault!.Reason, new InvalidDataException(reading.Fault.Detail)));
            }
        }
        catch (Exception error)
        {
            Log.DeliveryFailed(logger, error, delivery.Properties.MessageId, delivery.Source.Queue.Name);
            delivery.Source.Acks.Nack(delivery);
        }
    }
}
