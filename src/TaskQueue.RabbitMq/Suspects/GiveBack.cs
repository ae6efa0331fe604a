using TaskQueue.RabbitMq.Consuming;

namespace TaskQueue.RabbitMq.Suspects;

/// <summary>
/// How a delivery that has not ended goes back to its queue. Mostly by a nack: it costs nothing, and the task keeps its place. But RabbitMQ before 4.3 counts that like
/// a crash, so there a task that the next worker would take for a suspect goes back as a copy, which begins at zero; in a suspect queue any does. Crashes are dropped with the
/// give-backs, since nobody can tell them apart: so a task may have that a limited number of times, and a killer comes to its end whatever happens between its
/// crashes. Pure.
/// </summary>
internal static class GiveBack
{
    /// <summary>Room for at least 30 give-backs of one task. Each hides two crashes of a killer at most, at the default of <see cref="TaskOptions.MaxCrashes"/>.</summary>
    public const int MostDrops = 30;

    public static bool TakesCopy(Delivery delivery) =>
        delivery.Source.CountsGiveBacks && (delivery.Source.Queue.HoldsSuspects || IsNextSuspect(CrashHistory.Of(delivery.Properties.Headers), CountedByAStop(delivery.Source), delivery.Source.LeastMaxCrashes));

    // The give-back itself, and the SettleBarrier of each of the queue's channels of the worker that stops, which may be handed the head of the queue and give that back too.
    private static int CountedByAStop(DeliverySource source) => 1 + source.Channels;

    private static bool IsNextSuspect(in CrashHistory history, int countedByAStop, int maxCrashes) =>
        history.SuspectSince is null && history.Drops < MostDrops && history.Total + countedByAStop >= maxCrashes;
}
