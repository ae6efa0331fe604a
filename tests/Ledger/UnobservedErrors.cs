using RabbitMQ.Client.Exceptions;

namespace TaskQueue.Ledger;

/// <summary>Books the errors of tasks that nobody awaits and nobody has asked for, which .NET tells when it collects them. Until it is disposed.</summary>
internal sealed class UnobservedErrors : IDisposable
{
    private static readonly string[] Loops = ["RabbitMQ.Client.Impl.SocketFrameHandler.WriteLoopAsync", "RabbitMQ.Client.Framing.Connection.MainLoop"];

    private readonly Book _book;

    public UnobservedErrors(Book book)
    {
        _book = book;
        TaskScheduler.UnobservedTaskException += OnUnobserved;
    }

    /// <summary>Collects what nobody holds any more, so that its errors are told now.</summary>
    public static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= OnUnobserved;

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs error)
    {
        var cause = error.Exception.Flatten().InnerExceptions[0];
        if (IsTheClients(cause))
        {
            return;
        }

        _book.Write(Event.Unobserved, $"{cause.GetType().Name} {cause.Message} {cause.StackTrace}".ReplaceLineEndings(" ").Replace('\t', ' '), 0, _book.Name);
    }

    // RabbitMQ.Client 7.2 fails a request twice when its channel was closed a moment before: its caller gets the one error, and the other, which was never
    // thrown and so has no stack, nobody. Nor does anybody get those of its own loops, when a connection is disposed of while they read or write.
    private static bool IsTheClients(Exception cause) =>
        cause is OperationInterruptedException { StackTrace: null } || Loops.Any(loop => cause.StackTrace?.Contains(loop, StringComparison.Ordinal) == true);
}
