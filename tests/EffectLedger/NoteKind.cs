namespace TaskQueue.EffectLedger;

/// <summary>What a line of a journal tells. The value is the letter that stands there.</summary>
internal enum NoteKind
{
    /// <summary>A life of a process begins.</summary>
    Up = 'U',

    /// <summary>A copy of the key's task was confirmed by the broker.</summary>
    Published = 'P',

    /// <summary>A publication failed, and is tried again: the broker may have it.</summary>
    NotPublished = 'p',

    /// <summary>A handler begins. A run is known by its key and its token, which no other run of the key has.</summary>
    Started = 'S',

    /// <summary>A run had its effect, outside of the store.</summary>
    Effect = 'X',

    /// <summary>A handler is about to return.</summary>
    Completed = 'C',

    /// <summary>A handler fails by itself, or because a server does not answer.</summary>
    Failed = 'F',

    /// <summary>A handler ends because its token was cancelled.</summary>
    Cancelled = 'K',

    /// <summary>The store says that it has renewed the lease.</summary>
    Renewed = 'V',

    /// <summary>The store says that it has recorded the effect.</summary>
    Recorded = 'R',

    /// <summary>The store says that the run no longer had the key when its effect was to be recorded.</summary>
    Refused = 'N',

    /// <summary>The store has not answered when the effect was to be recorded.</summary>
    Unanswered = 'Q',

    /// <summary>A delivery was discarded as a duplicate. Neither key nor token; so in all that follow.</summary>
    Duplicate = 'D',

    /// <summary>A delivery was put off.</summary>
    Deferred = 'G',

    /// <summary>A worker got no processor, or no answer to a renewal, from this instant on. In the token's place stands for how long, in microseconds.</summary>
    Stalled = 'Z',

    /// <summary>A worker found that an attempt had lost its lease.</summary>
    LeaseLost = 'L',
}
