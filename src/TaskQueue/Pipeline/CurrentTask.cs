namespace TaskQueue.Pipeline;

/// <summary>
/// The task whose handler runs in this flow of control, so that what it publishes inherits its correlation id. Set for each try, in
/// its scope, where it costs two small objects (88 bytes); so it is left out for a task that has nothing to hand on. A singleton;
/// it flows with the execution context.
/// </summary>
internal sealed class CurrentTask
{
    private readonly AsyncLocal<TaskContext?> _context = new();

    /// <summary>What a publication from here inherits, if anything.</summary>
    public string? CorrelationId => _context.Value?.CorrelationId;

    /// <summary>Makes the task the current one until the calling async method ends.</summary>
    public void Enter(TaskContext context)
    {
        // A run inside of another one (a test, a handler that runs a task itself) must not inherit from that.
        if (context.CorrelationId is not null || _context.Value is not null)
        {
            _context.Value = context;
        }
    }
}
