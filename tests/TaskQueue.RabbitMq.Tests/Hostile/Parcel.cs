namespace TaskQueue.RabbitMq.Tests.Hostile;

/// <summary>A task of many shapes.</summary>
public sealed record Parcel(string Name, int Number, Guid Id, DateTimeOffset At, TimeSpan? Within, ParcelKind Kind, List<ParcelPart> Parts, Dictionary<string, long> Weights, byte[] Label, double Price)
{
    public static Parcel Typical { get; } = new(
        "parcel", 7, Guid.Empty, DateTimeOffset.UnixEpoch, TimeSpan.FromMinutes(1), ParcelKind.Large,
        [new("box", new("inner", null)), new("paper", null)], new() { ["kg"] = 2 }, [1, 2, 3], 9.5);
}

/// <summary>A part, which may have a part.</summary>
public sealed record ParcelPart(string Name, ParcelPart? Inner);

/// <summary>What it is.</summary>
public enum ParcelKind
{
    /// <summary>Small.</summary>
    Small,

    /// <summary>Large.</summary>
    Large,
}

/// <summary>Takes every parcel.</summary>
public sealed class ParcelHandler : ITaskHandler<Parcel>
{
    /// <inheritdoc/>
    public Task HandleAsync(Parcel task, TaskContext context, CancellationToken cancellationToken) => Task.CompletedTask;
}
