namespace TaskQueue.RabbitMq.Consuming;

/// <summary>The channel, as far as <see cref="AckBatcher"/> sees it. Called inside the batcher's lock: must neither block nor throw.</summary>
internal interface IAcknowledger
{
    /// <param name="tag">A tag that is still outstanding.</param>
    /// <param name="multiple">Whether it stands for all outstanding tags up to it.</param>
    void Ack(ulong tag, bool multiple);

    /// <summary>Gives back with requeue.</summary>
    void Nack(ulong tag, bool multiple);

    /// <summary>Gives back with requeue, and counts as a failed delivery.</summary>
    void Reject(ulong tag);

    /// <summary>Refuses without requeue: the broker moves the message to the queue's dead-letter exchange.</summary>
    void Refuse(ulong tag);
}
