using TaskQueue.Pipeline;
using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// Judges a task by the crashes in its history, less the losses that this process has survived. The prefetch around a killer has the same history as the
/// killer itself, so nobody is condemned by it: from <see cref="TaskOptions.MaxCrashes"/> on a task is a suspect, and only what crashes its workers as a suspect, where it is
/// alone with its worker, is poison. A singleton; thread-safe.
/// </summary>
internal sealed class CrashJudge(SurvivedLosses losses)
{
    /// <summary>The crashes as a suspect that prove it: one may be the machine's.</summary>
    public const int MaxCrashesAsSuspect = 2;

    public CrashVerdict Judge(Delivery delivery, TaskEnvelope envelope, in CrashHistory history, int maxCrashes)
    {
        if (delivery.Source.Queue.HoldsSuspects)
        {
            return CrashesAsSuspect(delivery, history) >= MaxCrashesAsSuspect ? CrashVerdict.Poison : CrashVerdict.Run;
        }

        // One that was put off as a suspect comes back as one, however many losses this process has survived.
        return history.SuspectSince is not null || Held(history.Total, delivery, envelope.DueAt ?? envelope.EnqueuedAt) >= maxCrashes
            ? CrashVerdict.Suspect
            : CrashVerdict.Run;
    }

    /// <summary>How often it has crashed a worker since it is a suspect.</summary>
    public int CrashesAsSuspect(Delivery delivery, in CrashHistory history) =>
        history.SuspectSince is null && !delivery.Source.Queue.HoldsSuspects ? 0 : history.AsSuspect + Held(history.Here, delivery, history.SuspectSince);

    private int Held(int crashes, Delivery delivery, DateTimeOffset? since) =>
        crashes == 0 ? 0 : Math.Max(0, crashes - losses.Since(delivery.Source.Queue.Name, since));
}
