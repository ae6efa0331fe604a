namespace TaskQueue.LoadTest.Contenders;

/// <summary>Whom there is to compare. Ratios are to the first one.</summary>
internal static class ContenderList
{
    public const string Yardstick = "raw";

    private const string Own = "TaskQueue.LoadTest";

    public static IReadOnlyList<ContenderProgram> All { get; } =
    [
        new(Yardstick, Own, "RabbitMQ.Client"),
        new("taskqueue", Own, "TaskQueue"),
        new("masstransit", $"{Own}.MassTransit", "MassTransit", Share: 0.5),
        new("wolverine", $"{Own}.Wolverine", "Wolverine", Share: 0.5),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(program => program.Name)];

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static ContenderProgram Find(string name) =>
        All.FirstOrDefault(program => program.Name == name)
        ?? throw new ArgumentException($"There is no contender '{name}'. Choose from {string.Join(", ", Names)}.", nameof(name));
}
