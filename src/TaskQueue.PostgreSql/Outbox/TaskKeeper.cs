using System.Buffers;
using TaskQueue.Idempotency;
using TaskQueue.Pipeline;

namespace TaskQueue.PostgreSql.Outbox;

/// <summary>
/// Publishes into an outbox, whoever writes its row: makes the publication as <see cref="ITaskPublisher"/> does, with all its checks, runs the user's publish middleware, writes the body, and
/// hands over what is to be kept. A singleton; thread-safe.
/// </summary>
internal sealed class TaskKeeper(PublishContextFactory contexts, PublishPipeline pipeline, PublisherOptions limits)
{
    /// <param name="task">The task.</param>
    /// <param name="orderingKey">Null where no order is asked for.</param>
    /// <param name="options">What was said about it.</param>
    /// <param name="keep">Writes the row, or sees to it that it will be written.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async ValueTask<OutboxReceipt> KeepAsync(
        object task, string? orderingKey, PublishOptions? options, Func<KeptTask, CancellationToken, ValueTask> keep, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(task);
        RefuseUnique(options);
        var key = Canonical(orderingKey);
        var context = contexts.Create(task, options);
        await pipeline.KeepAsync(context, KeepAsync, cancellationToken).ConfigureAwait(false);
        return new OutboxReceipt(context.TaskId, context.TaskType);

        async ValueTask<PublishReceipt> KeepAsync(PublishContext context, CancellationToken token)
        {
            await keep(Write(context, key), token).ConfigureAwait(false);

            // The exchange is known when the relay has sent it.
            return new PublishReceipt(context.TaskId, context.TaskType, Exchange: "", RoutingKey: "");
        }
    }

    /// <summary>Publishes each of the tasks as if singly, and hands over all that can be kept, once.</summary>
    /// <param name="tasks">Enumerated once.</param>
    /// <param name="options">What was said about each.</param>
    /// <param name="keep">Writes the rows in this order, or sees to it that they will be written.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="BatchPublishException">Some failed. All others are kept.</exception>
    public async ValueTask<IReadOnlyList<OutboxReceipt>> KeepManyAsync<TTask>(
        IEnumerable<TTask> tasks, PublishOptions? options, Func<IReadOnlyList<KeptTask>, CancellationToken, ValueTask> keep, CancellationToken cancellationToken)
        where TTask : notnull
    {
        ArgumentNullException.ThrowIfNull(tasks);
        contexts.CheckBatch(options);
        var batch = new OutboxBatch(this, options, cancellationToken);
        try
        {
            foreach (var task in tasks)
            {
                await batch.AddAsync(task).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // The caller's own sequence threw. What it gave before is kept, and the caller has to know that.
            batch.Fail(null, error);
        }

        await keep(batch.Rows, cancellationToken).ConfigureAwait(false);
        return batch.ToReceipts();
    }

    // The key would be taken now, and the task be with the broker only after a commit that may never come: nobody could be told yet what became of it.
    private static void RefuseUnique(PublishOptions? options)
    {
        if (options?.Unique is not null)
        {
            throw new ArgumentException("A task in the outbox cannot be unique, since whether it will be published is known only after the commit. Publish it with 'ITaskPublisher' after "
                + "the commit, or leave 'Unique' out and give it an 'IdempotencyKey', by which it has one effect.", nameof(options));
        }
    }

    private static string? Canonical(string? orderingKey) => orderingKey switch
    {
        null => null,
        "" => throw new ArgumentException("The ordering key is empty. Name what is to stay in order, such as an order's number, or publish with 'PublishAsync'.", nameof(orderingKey)),
        _ => CanonicalKey.Of(orderingKey),
    };

    private KeptTask Write(PublishContext context, string? orderingKey)
    {
        CheckProperties(context);
        return new KeptTask(orderingKey, CanonicalKey.Of(context.TaskId), context.TaskType, EnvelopeText.Write(context.Envelope), WriteBody(context));
    }

    private byte[] WriteBody(PublishContext context)
    {
        var body = new ArrayBufferWriter<byte>();
        try
        {
            context.Model.Body.Write(context.Model.Settings.Serializer, context.Payload, body);
        }
        catch (Exception exception)
        {
            throw new TaskSerializationException(context.TaskId, context.TaskType, context.Envelope.ContentType, exception);
        }

        return body.WrittenCount <= limits.MaxBodyBytes
            ? body.WrittenSpan.ToArray()
            : throw new TaskTooLargeException(context.TaskId, context.TaskType, "body", body.WrittenCount, limits.MaxBodyBytes, "Publisher.MaxBodyBytes");
    }

    private void CheckProperties(PublishContext context)
    {
        var size = EnvelopeSize.Of(context.Envelope);
        if (size > limits.MaxPropertiesBytes)
        {
            throw new TaskTooLargeException(context.TaskId, context.TaskType, "properties and headers", size, limits.MaxPropertiesBytes, "Publisher.MaxPropertiesBytes");
        }
    }
}
