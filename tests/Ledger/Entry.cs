using System.Globalization;

namespace TaskQueue.Ledger;

/// <summary>One line of a book.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Id">The task's id.</param>
/// <param name="Detail">See <see cref="Ledger.Event"/>.</param>
/// <param name="Text">See <see cref="Ledger.Event"/>.</param>
/// <param name="At">When, Unix milliseconds.</param>
internal sealed record Entry(Event Event, string Id, long Detail, string Text, long At)
{
    /// <summary>Whether it tells something about a task, and not about a process.</summary>
    public bool IsOfTask => Event is not (Event.Up or Event.Down or Event.ConsumingLost or Event.PublishingLost or Event.ConsumerLost or Event.Unobserved);

    /// <summary>The life of a process that the text names, such as <c>worker-0.3</c>.</summary>
    public string Life => Text.Split(' ')[0];

    /// <summary>The process, in whatever life, such as <c>worker-0</c>.</summary>
    public string Process => Life[..Life.LastIndexOf('.')];

    /// <summary>The queue that the text of a start names.</summary>
    public string Queue => Text[(Life.Length + 1)..];

    public string ToLine() => string.Create(CultureInfo.InvariantCulture, $"{(char)Event}\t{Id}\t{Detail}\t{Text}\t{At}\n");

    public static Entry Parse(string line)
    {
        var parts = line.Split('\t');
        return new Entry((Event)parts[0][0], parts[1], Number(parts[2]), parts[3], Number(parts[4]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
