namespace TaskQueue.LoadTest.Peers;

/// <summary>Found by Wolverine's conventions, which want it public. There is one handling in the process, as there is one worker.</summary>
public static class LoadTaskHandler
{
    internal static Func<LoadTask, ValueTask> Handling { get; set; } = _ => ValueTask.CompletedTask;

    public static ValueTask Handle(LoadTask task) => Handling(task);
}
