namespace TaskQueue.Handlers;

/// <summary>Builds the <see cref="Pipeline.TaskModel"/> from what was registered and configured, or reports every fault at once.</summary>
internal sealed class TaskModelBuilder
{
}
