using TaskQueue.Pipeline;

namespace TaskQueue.Handlers;

/// <summary>Options of another project that <see cref="TaskQueueDescription"/> prints with ours.</summary>
internal interface IDescribedOptions
{
    string Title { get; }

    /// <summary>Without secrets.</summary>
    IEnumerable<SettingOrigin> Settings { get; }
}
