namespace TaskQueue.LoadTest.Contenders;

/// <summary>Whom there is to compare. Ratios are to the first one.</summary>
internal static class ContenderList
{
    public const string Yardstick = "raw";

    public static IReadOnlyList<string> Names { get; } = [Yardstick, "taskqueue"];

    public static IContender Create(string name, Uri broker) => name switch
    {
        Yardstick => new RawContender(broker),
        "taskqueue" => new TaskQueueContender(broker),
        _ => throw new ArgumentException($"There is no contender '{name}'. Choose from {string.Join(", ", Names)}.", nameof(name)),
    };
}
