namespace TaskQueue.Pipeline;

/// <summary>The steps of every delivery, in order: the one list of them.</summary>
internal sealed class ConsumePipeline
{
}
