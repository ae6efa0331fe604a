using System.Collections.Frozen;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Pipeline;

/// <summary>
/// The core's face to the consumer host: runs one delivery through its task type's pipeline and returns how it ends. Never throws.
/// A singleton; thread-safe.
/// </summary>
internal sealed class TaskExecutor(TaskModel model, ConsumePipeline pipeline, ILogger<TaskExecutor> logger)
{
    private readonly FrozenDictionary<string, Entry> _byName =
        model.Handled.ToFrozenDictionary(type => type.Name, type => new Entry(type, pipeline.Compose(type)), StringComparer.Ordinal);

    /// <param name="envelope">What travelled beside the body.</param>
    /// <param name="body">The body; must stay valid until the returned task is done.</param>
    /// <param name="queue">The queue it came from.</param>
    /// <param name="abort">Cancelled when the handler must stop now (the shutdown's second stage, or a lost connection): the delivery is
    /// then given back.</param>
    public ValueTask<TaskOutcome> ExecuteAsync(TaskEnvelope envelope, ReadOnlyMemory<byte> body, string queue, CancellationToken abort)
    {
        if (!_byName.TryGetValue(envelope.TaskType, out var entry))
        {
            return new(new TaskOutcome.DeadLettered(DeadLetterReasons.UnknownTaskType, Error: null));
        }

        return abort.IsCancellationRequested
            ? new(TaskOutcome.Returned)
            : RunAsync(new TaskContext(envelope, body, queue, entry.Type), entry.Run, abort);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TaskOutcome> RunAsync(TaskContext context, ConsumeDelegate run, CancellationToken abort)
    {
        try
        {
            return await run(context, abort).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // Only telemetry is outside of the failure handling: a listener of the user's threw. Giving the delivery back would
            // loop for ever; the retry policy ends at last.
            Log.PipelineFailed(logger, error, context.TaskId, context.TaskType);
            return pipeline.Judge(context, error, abort);
        }
    }

    private sealed record Entry(TaskTypeModel Type, ConsumeDelegate Run);
}
