using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>Another project's share in checking the configuration: all that are registered are asked when the model is built, and their
/// faults are reported with ours.</summary>
internal interface IConfigurationCheck
{
    /// <param name="model">The task types; those with faults of their own may be missing from it.</param>
    IEnumerable<string> FindFaults(TaskModel model);
}
