namespace TaskQueue.Tests.Handlers;

/// <summary>Stands where a broker would be registered.</summary>
internal sealed class NoPublisher : ITaskPublisher
{
    public ValueTask<PublishReceipt> PublishAsync<TTask>(TTask task, CancellationToken cancellationToken = default)
        where TTask : notnull => throw new NotSupportedException();

    public ValueTask<PublishReceipt> PublishAsync<TTask>(TTask task, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<PublishReceipt>> PublishManyAsync<TTask>(IEnumerable<TTask> tasks, CancellationToken cancellationToken = default)
        where TTask : notnull => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<PublishReceipt>> PublishManyAsync<TTask>(IEnumerable<TTask> tasks, PublishOptions? options, CancellationToken cancellationToken = default)
        where TTask : notnull => throw new NotSupportedException();
}
