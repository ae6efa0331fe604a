using System.Runtime.CompilerServices;
using TaskQueue.Idempotency;
using Xunit;

namespace TaskQueue.Tests.Idempotency;

public sealed class UniqueStoreCallTests
{
    [Fact]
    public async Task A_fault_that_comes_after_the_caller_has_given_up_is_no_unobserved_error()
    {
        var reason = Guid.CreateVersion7().ToString();
        var unobserved = new List<string>();
        void Note(object? sender, UnobservedTaskExceptionEventArgs error)
        {
            lock (unobserved)
            {
                unobserved.Add(error.Exception.ToString());
            }
        }

        TaskScheduler.UnobservedTaskException += Note;
        try
        {
            await GiveUpAsync(reason);
            await Task.Yield();   // leaves the stack of what ended there, which holds the call
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= Note;
        }

        lock (unobserved)
        {
            Assert.DoesNotContain(unobserved, error => error.Contains(reason, StringComparison.Ordinal));
        }
    }

    // On its own, so that nothing holds the call's task when it has returned.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task GiveUpAsync(string reason)
    {
        var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var caller = new CancellationTokenSource();
        var call = UniqueStoreCall.RunAsync(_ => new ValueTask<bool>(answer.Task), TimeProvider.System, caller.Token).AsTask();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        answer.SetException(new InvalidOperationException(reason));
    }
}
