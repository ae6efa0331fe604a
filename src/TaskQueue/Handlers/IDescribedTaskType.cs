using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>What another project makes of a task type's settings; <see cref="TaskQueueDescription"/> prints it after them.</summary>
internal interface IDescribedTaskType
{
    IEnumerable<SettingOrigin> SettingsOf(TaskTypeModel type);
}
