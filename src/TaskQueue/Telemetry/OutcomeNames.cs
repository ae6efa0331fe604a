namespace TaskQueue.Telemetry;

/// <summary>The words for outcomes and reasons in metrics: a closed set, so that no message can blow up a metrics store.</summary>
internal static class OutcomeNames
{
    public static string Of(TaskOutcome outcome) => outcome switch
    {
        TaskOutcome.Completed => "completed",
        TaskOutcome.Discarded => "discarded",
        TaskOutcome.Retry => "retry",
        TaskOutcome.Deferred => "deferred",
        TaskOutcome.Suspected => "suspected",
        TaskOutcome.DeadLettered => "dead_lettered",
        _ => "given_back",
    };

    /// <summary>The framework's own reasons as they are; a handler's own, which may hold anything, as one word.</summary>
    public static string OfReason(string reason) => reason switch
    {
        DeadLetterReasons.AttemptsExhausted or DeadLetterReasons.NotRetried or DeadLetterReasons.TooOld or DeadLetterReasons.Poison
            or DeadLetterReasons.Expired or DeadLetterReasons.UnknownContentType or DeadLetterReasons.UndecodableBody => reason,
        _ => LeavesTypeUnchecked(reason) ? reason : TelemetryNames.Other,
    };

    /// <summary>Whether the delivery ended before its task type was known to be one of ours: its name is then whatever the sender wrote.</summary>
    public static bool LeavesTypeUnchecked(string reason) =>
        reason is DeadLetterReasons.UnknownTaskType or DeadLetterReasons.MissingTaskType or DeadLetterReasons.MissingTaskId
            or DeadLetterReasons.InvalidTaskId or DeadLetterReasons.UnknownWireVersion or DeadLetterReasons.InvalidHeader
            or DeadLetterReasons.BodyTooLarge;

    /// <summary>Whether the task ends here, rather than coming again.</summary>
    public static bool IsFinal(TaskOutcome outcome) => outcome is TaskOutcome.Completed or TaskOutcome.Discarded or TaskOutcome.DeadLettered;
}
