namespace TaskQueue.Tests.StoreSuites;

/// <summary>Stands where a broker would be registered.</summary>
public sealed class NoPublisher : ITaskPublisher
{
    /// <inheritdoc/>
    public ValueTask<PublishReceipt> PublishAsync<TTask>(TTask task, CancellationToken cancellationToken = default)
        where TTask : notnull => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<PublishReceipt> PublishAsync<TTask>(TTask task, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PublishReceipt>> PublishManyAsync<TTask>(IEnumerable<TTask> tasks, CancellationToken cancellationToken = default)
        where TTask : notnull => throw new NotSupportedException();

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PublishReceipt>> PublishManyAsync<TTask>(IEnumerable<TTask> tasks, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull => throw new NotSupportedException();
}
