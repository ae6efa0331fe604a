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

    /// <summary>A handler begins; the detail is the attempt, the text names the process and, after a blank, the queue.</summary>
    Started = 'S',

    /// <summary>A handler is about to return; the detail is the attempt, the text names the process.</summary>
    Completed = 'C',

    /// <summary>A dead letter was found; the detail is how many attempts it tells of, the text is its reason.</summary>
    DeadLettered = 'D',

    /// <summary>A scheduled task begins; the detail is how late, in microseconds.</summary>
    Late = 'L',

    /// <summary>A life of a process begins: its code runs, and nothing is connected yet. The text names it; so in all that follow.</summary>
    Up = 'U',

    /// <summary>A life has ended in good order.</summary>
    Down = 'E',

    /// <summary>The connection to consume was lost.</summary>
    ConsumingLost = 'X',

    /// <summary>The connection to publish was lost.</summary>
    PublishingLost = 'Y',

    /// <summary>A consumer ended while its connection lived; the id is its queue.</summary>
    ConsumerLost = 'Z',

    /// <summary>A task of the process failed and nobody asked; the id is the error's type and message.</summary>
    Unobserved = '!',
}
