namespace TaskQueue.Pipeline;

/// <summary>The publish pipeline of each task type: telemetry, then the user's middleware, then the given end. Composed once per type.</summary>
internal sealed class PublishPipeline
{
}
