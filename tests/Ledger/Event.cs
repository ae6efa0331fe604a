namespace TaskQueue.Ledger;

/// <summary>What a line of the ledger tells. The value is the letter that stands in the book.</summary>
internal enum Event
{
    /// <summary>A publisher is about to publish; the text is the fate. From here on the broker may have the task.</summary>
    Tried = 'T',

    /// <summary>The publish was confirmed: the task must end as its fate says. The text names the process.</summary>
    Confirmed = 'P',

    /// <summary>The publish failed; the text is the error's type. Whether the broker has the task is not known.</summary>
    Failed = 'F',

    /// <summary>A handler begins; the detail is the attempt, the text names the process.</summary>
    Started = 'S',

    /// <summary>A handler is about to return; the detail is the attempt, the text names the process.</summary>
    Completed = 'C',

    /// <summary>A dead letter was found; the text is its reason.</summary>
    DeadLettered = 'D',

    /// <summary>A scheduled task begins; the detail is how late, in microseconds.</summary>
    Late = 'L',
}
