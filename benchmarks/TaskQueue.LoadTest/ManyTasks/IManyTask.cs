namespace TaskQueue.LoadTest.ManyTasks;

/// <summary>One of the task types that differ in nothing but their names.</summary>
/// <typeparam name="TSelf">The type.</typeparam>
public interface IManyTask<TSelf>
    where TSelf : class, IManyTask<TSelf>
{
    long Number { get; }

    static abstract TSelf Create(LoadTask task);
}
