namespace TaskQueue.Handlers;

/// <summary>Reads what the configuration section of one task type says, <c>TaskQueue:Tasks:&lt;task type&gt;</c>, into a layer.</summary>
internal static class TaskConfiguration
{
    public static TaskSettingsLayer Read(SectionReader section, ICollection<string> faults)
    {
        var layer = new TaskSettingsLayer
        {
            Concurrency = section.Number(nameof(TaskOptions.Concurrency)),
            Prefetch = section.Number(nameof(TaskOptions.Prefetch)),
            Timeout = section.Duration(nameof(TaskOptions.Timeout)),
            MaxCrashes = section.Number(nameof(TaskOptions.MaxCrashes)),
            CancelOnConnectionLoss = section.Flag(nameof(TaskOptions.CancelOnConnectionLoss)),
            ConsumerTimeout = section.Duration(nameof(TaskOptions.ConsumerTimeout)),
            MaxAge = section.Duration(nameof(TaskOptions.MaxAge)),
            Priorities = section.Choice<PriorityMode>(nameof(TaskOptions.Priorities)),
            Queue = section.Text(nameof(TaskOptions.Queue)),
            MaxLength = section.Number(nameof(TaskOptions.MaxLength)),
            Serializer = Serializer(section, faults),
            Idempotency = section.Child(IdempotencyLayer.Section) is { } idempotency ? IdempotencyLayer.Read(idempotency) : new(),
            Retry = section.Child(nameof(TaskOptions.Retry)) is { } retry ? RetryConfiguration.Read(retry, faults) : null,
        };
        layer.FormerQueues.AddRange(section.List(nameof(TaskOptions.FormerQueues)));
        section.ReportUnknown();
        return layer;
    }

    private static ITaskSerializer? Serializer(SectionReader section, ICollection<string> faults)
    {
        const string Key = nameof(TaskOptions.Serializer);
        var text = section.Text(Key);
        switch (text?.Trim().ToLowerInvariant())
        {
            case null:
                return null;
            case "messagepack":
                return TaskSerializers.MessagePack;
            case "json":
                return TaskSerializers.Json;
            default:
                faults.Add($"The configuration key '{section.PathOf(Key)}' has the value '{text}'; expected is 'messagepack' or 'json'. "
                    + "Set a serializer of your own in code.");
                return null;
        }
    }
}
