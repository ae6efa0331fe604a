namespace TaskQueue.RabbitMq.Connection;

/// <summary>No node of several could be reached. Internal evidence, the cause inside our public errors.</summary>
internal sealed class NodesUnreachableException(IReadOnlyDictionary<NodeAddress, Exception> failures)
    : Exception(string.Join("; ", failures.Select(failure => $"{failure.Key}: {failure.Value.GetBaseException().Message}")))
{
    /// <summary>The last failure of each node.</summary>
    public IReadOnlyDictionary<NodeAddress, Exception> Failures { get; } = failures;
}
