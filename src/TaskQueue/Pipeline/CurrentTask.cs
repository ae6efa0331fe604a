namespace TaskQueue.Pipeline;

/// <summary>
/// The task whose handler runs in this flow of control, so that what it publishes inherits its correlation id. Set once for each
/// attempt, in its scope, where it costs two small objects; reading it costs a lookup. A singleton; it flows with the execution context.
/// </summary>
internal sealed class CurrentTask
{
    private readonly AsyncLocal<TaskContext?> _context = new();

    /// <summary>Null outside a handler. Set inside an async method, the value ends with it.</summary>
    public TaskContext? Context
    {
        get => _context.Value;
        set => _context.Value = value;
    }
}
