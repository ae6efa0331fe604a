using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Publishing;

/// <summary>The users' publisher: makes the publication and runs it through the publish pipeline, whose end is <see cref="TaskSender"/>. A
/// singleton; thread-safe.</summary>
internal sealed class TaskPublisher(PublishContextFactory contexts, PublishPipeline pipeline, PublisherOptions options) : ITaskPublisher
{
    public ValueTask<PublishReceipt> PublishAsync<TTask>(TTask task, CancellationToken cancellationToken = default)
        where TTask : notnull => PublishAsync(task, options: null, cancellationToken);

    public ValueTask<PublishReceipt> PublishAsync<TTask>(TTask task, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull
    {
        ArgumentNullException.ThrowIfNull(task);
        return pipeline.PublishAsync(contexts.Create(task, options), cancellationToken);
    }

    public ValueTask<IReadOnlyList<PublishReceipt>> PublishManyAsync<TTask>(IEnumerable<TTask> tasks, CancellationToken cancellationToken = default)
        where TTask : notnull => PublishManyAsync(tasks, options: null, cancellationToken);

    public ValueTask<IReadOnlyList<PublishReceipt>> PublishManyAsync<TTask>(IEnumerable<TTask> tasks, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull
    {
        ArgumentNullException.ThrowIfNull(tasks);
        contexts.CheckBatch(options);
        return PublishAllAsync(tasks, options, cancellationToken);
    }

    private async ValueTask<IReadOnlyList<PublishReceipt>> PublishAllAsync<TTask>(IEnumerable<TTask> tasks, PublishOptions? options, CancellationToken cancellationToken)
        where TTask : notnull
    {
        var batch = new PublishBatch(contexts, pipeline, options, tasks.TryGetNonEnumeratedCount(out var count) ? count : 0, Outstanding, cancellationToken);
        try
        {
            foreach (var task in tasks)
            {
                await batch.AddAsync(task).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The caller's own sequence threw. What it gave before is published, and the caller has to know that.
            batch.Fail(exception);
        }
        finally
        {
            await batch.CompleteAsync().ConfigureAwait(false);
        }

        return batch.ToReceipts();
    }

    // Twice the window: while the first of them is awaited, the window stays full.
    private int Outstanding => 2 * options.Window;
}
