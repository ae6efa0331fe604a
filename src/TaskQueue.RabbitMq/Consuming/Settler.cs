using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.DeadLetters;
using TaskQueue.RabbitMq.Publishing;
using TaskQueue.RabbitMq.Suspects;
using TaskQueue.Telemetry;

namespace TaskQueue.RabbitMq.Consuming;

/// <summary>
/// The one place that carries an outcome out on the broker: acknowledges, gives back, or sends the copy (retry, suspect, dead letter) and
/// acknowledges once the broker has confirmed it. Then counts and logs, once. A copy goes on without the slot; the delivery keeps its prefetch,
/// which bounds the copies under way. For a stale delivery, or one that the broker has taken back for its time, no copy is begun or goes on, and nothing is counted: it
/// comes again. Thread-safe.
/// </summary>
internal sealed class Settler(
    CopySender copies,
    CopyRoutes routes,
    DeadLetterHeaders deadLetterHeaders,
    CrashJudge judge,
    SuspectBell bell,
    TaskMetrics metrics,
    TimeProvider time,
    ILogger<Settler> logger)
{
    // Stands in no header, since the broker moves the message as it came; metrics count it among the other reasons.
    private const string CopyRejected = "copy-rejected";

    /// <summary>Begins to settle; acknowledgements and give-backs are done when it returns. Never throws.</summary>
    public void Settle(Delivery delivery, TaskEnvelope? envelope, TaskOutcome outcome)
    {
        if (!delivery.TryClaim())
        {
            Log.Stale(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name);
            return;
        }

        switch (outcome)
        {
            case TaskOutcome.Completed or TaskOutcome.Discarded:
                delivery.ReturnBody();
                Report(delivery, envelope, outcome, delivery.Source.Acks.Ack(delivery));
                break;
            case TaskOutcome.GivenBack when !GiveBack.TakesCopy(delivery):
                delivery.ReturnBody();
                Report(delivery, envelope, outcome, delivery.Source.Acks.Nack(delivery));
                break;
            default:
                _ = CopyAsync(delivery, envelope, outcome);
                break;
        }
    }

    /// <summary>Gives back as a copy what a handler still runs: how that ends no longer counts. Never throws.</summary>
    /// <returns>Completes when the broker has it, or it is given up.</returns>
    public Task ReturnCopyAsync(Delivery delivery) =>
        delivery.TryClaim() ? CopyAsync(delivery, envelope: null, TaskOutcome.Returned) : Task.CompletedTask;

    private async Task CopyAsync(Delivery delivery, TaskEnvelope? envelope, TaskOutcome outcome)
    {
        if (delivery.Source.IsStale)
        {
            // The broker has it back: a copy beside it would be a second task, with a history of its own.
            delivery.ReturnBody();
            Log.Stale(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name);
            return;
        }

        if (delivery.IsTakenBack(time))
        {
            // Nobody has seen its body but its handler. The broker does not mind that it is given back as well, and needs an end of it.
            delivery.ReturnBody();
            delivery.Source.Acks.Nack(delivery);
            Log.TakenBack(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name);
            return;
        }

        try
        {
            var (route, changes) = Plan(delivery, envelope, outcome);
            var copy = new MessageCopy(delivery.Properties, changes) { Exchange = route.Exchange, RoutingKey = route.RoutingKey, Body = delivery.Body };

            // What is given back is so because of the abort: it has until all is.
            var abort = outcome is TaskOutcome.GivenBack ? delivery.Source.Over : delivery.Source.Abort;
            var end = route.Need == CopyNeed.OwnQueue ? copies.ReturnAsync(delivery, copy) : copies.SendAsync(delivery, copy, route.Need, abort);
            switch (await end.ConfigureAwait(false))
            {
                case CopyEnd.Safe:
                    delivery.ReturnBody();
                    Report(delivery, envelope, outcome, delivery.Source.Acks.Ack(delivery));
                    break;
                case CopyEnd.NoQueue when outcome is TaskOutcome.Suspected:
                    delivery.Source.SuspectsStay = true;
                    RunInPlace(delivery);
                    break;
                case CopyEnd.Rejected when outcome is TaskOutcome.Suspected:
                    RunInPlace(delivery);
                    break;
                case CopyEnd.Rejected when outcome is not TaskOutcome.GivenBack:
                    // The queue's own dead-lettering moves the original as it is, without our evidence but just as safely.
                    ReportRejected(delivery, envelope, outcome, delivery.Source.Acks.Refuse(delivery));
                    break;
                case CopyEnd.Rejected or CopyEnd.NoQueue or CopyEnd.GivenUp:
                    delivery.Source.Acks.Nack(delivery);
                    break;
            }
        }
        catch (Exception error)
        {
            Log.SettlingFailed(logger, error, delivery.Properties.MessageId, delivery.Source.Queue.Name);
            delivery.Source.Acks.Reject(delivery);
        }
    }

    private static void RunInPlace(Delivery delivery)
    {
        delivery.Stays = true;
        delivery.Unclaim();
        if (!delivery.Source.Slots.TryAdd(delivery))
        {
            delivery.Source.Acks.Nack(delivery);
        }
    }

    private (CopyRoute Route, Dictionary<string, object?> Changes) Plan(Delivery delivery, TaskEnvelope? envelope, TaskOutcome outcome)
    {
        var group = delivery.Source.Group;
        var now = time.GetUtcNow();
        var crashes = CrashHistory.Of(delivery.Properties.Headers);
        return outcome switch
        {
            TaskOutcome.DeadLettered dead => (routes.Dead(group), deadLetterHeaders.Of(delivery, envelope, crashes, dead)),
            TaskOutcome.Suspected => (CopyRoutes.Suspect(group), SuspectHeaders.Moved(crashes, now)),
            TaskOutcome.Retry { Error: null } asked => (routes.Exact(group, envelope!, asked.Delay), AttemptHeaders.Retry(envelope!, crashes, error: null, now)),
            TaskOutcome.Retry failed => (routes.Retry(group, envelope!, failed.Delay), AttemptHeaders.Retry(envelope!, crashes, failed.Error, now)),
            TaskOutcome.Deferred { BeforeDue: true } early => (routes.Exact(group, envelope!, early.Delay), WithCrashes(AttemptHeaders.Early(envelope!), delivery, crashes)),
            TaskOutcome.Deferred later => (routes.Exact(group, envelope!, later.Delay), WithCrashes(AttemptHeaders.Defer(envelope!, now), delivery, crashes)),
            TaskOutcome.GivenBack when !delivery.Source.Queue.HoldsSuspects => (CopyRoutes.Own(group, delivery.Source.Queue), SuspectHeaders.Dropped(crashes)),
            TaskOutcome.GivenBack => (CopyRoutes.Suspect(group), WithCrashes([], delivery, crashes)),
            _ => throw new InvalidOperationException($"The outcome {outcome} needs no copy."),
        };
    }

    private Dictionary<string, object?> WithCrashes(Dictionary<string, object?> changes, Delivery delivery, in CrashHistory crashes)
    {
        SuspectHeaders.Keep(changes, crashes, judge.CrashesAsSuspect(delivery, crashes), time.GetUtcNow());
        return changes;
    }

    // The sender has logged it, as an error. Whatever the outcome was to be, the task ends among the dead letters.
    private void ReportRejected(Delivery delivery, TaskEnvelope? envelope, TaskOutcome outcome, bool settled)
    {
        if (settled)
        {
            metrics.Settled(envelope, delivery.Source.Queue.Name, outcome as TaskOutcome.DeadLettered ?? new TaskOutcome.DeadLettered(CopyRejected, Error: null));
        }
        else
        {
            Log.Stale(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name);
        }
    }

    private void Report(Delivery delivery, TaskEnvelope? envelope, TaskOutcome outcome, bool settled)
    {
        if (!settled)
        {
            Log.Stale(logger, delivery.Properties.MessageId, delivery.Source.Queue.Name);
            return;
        }

        var queue = delivery.Source.Queue.Name;
        metrics.Settled(envelope, queue, outcome);
        switch (outcome)
        {
            case TaskOutcome.Completed:
                Log.Completed(logger, envelope!.TaskId, envelope.TaskType, envelope.Attempt);
                break;
            case TaskOutcome.Discarded discarded:
                Log.Discarded(logger, envelope!.TaskId, envelope.TaskType, discarded.Reason);
                break;
            case TaskOutcome.GivenBack:
                Log.GivenBack(logger, delivery.Properties.MessageId, queue);
                break;
            case TaskOutcome.Suspected suspected:
                bell.Ring(delivery.Source.Group.SuspectQueue);
                Log.Suspected(logger, envelope!.TaskId, envelope.TaskType, suspected.Crashes, delivery.Source.Group.SuspectQueue);
                break;
            case TaskOutcome.Deferred deferred:
                Log.Deferred(logger, envelope!.TaskId, envelope.TaskType, deferred.Delay);
                break;
            case TaskOutcome.Retry retry:
                Log.Retried(logger, retry.Error, envelope!.TaskId, envelope.TaskType, envelope.Attempt, retry.Delay);
                break;
            case TaskOutcome.DeadLettered dead:
                var attempts = DeadLetterHeaders.AttemptsOf(envelope, dead.Reason);
                Log.DeadLettered(logger, dead.Error, delivery.Properties.MessageId, delivery.Properties.Type, attempts, dead.Reason, delivery.Source.Group.DeadQueue);
                break;
        }
    }
}
