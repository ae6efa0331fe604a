using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Suspects;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>What a slot does with a delivery: reads its envelope, asks for its crashes if it has any, runs the pipeline, hands the outcome to the settler. Nothing
/// escapes it. Thread-safe.</summary>
internal sealed class DeliveryRunner(EnvelopeReader reader, CrashJudge judge, TaskExecutor executor, Settler settler, ILogger<DeliveryRunner> logger)
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
            if (EndWithoutRun(delivery, reading) is { } end)
            {
                settler.Settle(delivery, reading.Envelope, end);
                return;
            }

            var abort = delivery.Source.AbortOf(reading.TaskType!.Settings);
            delivery.IsRunning = true;
            var outcome = await executor.ExecuteAsync(reading.Envelope!, delivery.Body, delivery.Source.Queue.Name, abort).ConfigureAwait(false);
            delivery.IsRunning = false;
            settler.Settle(delivery, reading.Envelope, outcome);
        }
        catch (Exception error)
        {
            Log.DeliveryFailed(logger, error, delivery.Properties.MessageId, delivery.Source.Queue.Name);
            delivery.Source.Acks.Reject(delivery);
        }
    }

    /// <summary>Gives back what no slot has taken.</summary>
    /// <returns>False when there is nothing to give back: its channel is gone.</returns>
    public bool GiveBack(Delivery delivery)
    {
        if (!delivery.Source.IsStale && Suspects.GiveBack.TakesCopy(delivery))
        {
            settler.Settle(delivery, envelope: null, TaskOutcome.Returned);
            return true;
        }

        delivery.ReturnBody();
        return delivery.Source.Acks.Nack(delivery);
    }

    /// <summary>Gives back what a handler runs that has not ended when it was told to, where a nack would count like a crash (<see cref="Suspects.GiveBack"/>); anything else is left as it is.</summary>
    /// <returns>Completes when the broker has it, or it is given up.</returns>
    public Task GiveBackRunningAsync(Delivery delivery) =>
        Suspects.GiveBack.TakesCopy(delivery) ? settler.ReturnCopyAsync(delivery) : Task.CompletedTask;

    private TaskOutcome? EndWithoutRun(Delivery delivery, in EnvelopeReading reading) =>
        reading.Fault is { } fault ? new TaskOutcome.DeadLettered(fault.Reason, new InvalidDataException(fault.Detail))
        : reading.HasCrashes ? Judge(delivery, reading)
        : null;

    private TaskOutcome? Judge(Delivery delivery, in EnvelopeReading reading)
    {
        var crashes = CrashHistory.Of(delivery.Properties.Headers);
        return judge.Judge(delivery, reading.Envelope!, crashes, reading.TaskType!.Settings.MaxCrashes) switch
        {
            CrashVerdict.Suspect when !delivery.Stays && !delivery.Source.SuspectsStay => new TaskOutcome.Suspected(crashes.Total),
            CrashVerdict.Poison => new TaskOutcome.DeadLettered(DeadLetterReasons.Poison, Evidence(delivery, crashes)),
            _ => null,
        };
    }

    // From RabbitMQ 4.3 on what a worker holds for too long is taken back from its consumer, and not counted; before, its channel is closed.
    private static string OrTooLong(Delivery delivery) => delivery.Source.CountsGiveBacks ? ", or held it beyond the consumer timeout" : "";

    private InvalidOperationException Evidence(Delivery delivery, in CrashHistory crashes) => new(
        $"{crashes.Total} workers were lost while they held this task{OrTooLong(delivery)}, at last {judge.CrashesAsSuspect(delivery, crashes)} of them while it was the only one of its kind "
        + "that they ran ('suspect'): it most likely ends its process. Look for exits, stack overflows and lack of memory in its handler before it is moved back.");
}
