using System.Diagnostics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

/// <summary>
/// What a publish allocates from the caller's call to its receipt, with the publisher and the client left out: the publication, the pipeline, the body, the message and its headers. Alone,
/// since the listeners of other tests would see this one's spans; in Release only, since a debug build allocates every async method's state.
/// </summary>
[CollectionDefinition("Publishing." + nameof(AllocationTests), DisableParallelization = true)]
[Collection("Publishing." + nameof(AllocationTests))]
public sealed class AllocationTests
{
    private const int Rounds = 2000;

    // The goal is 300. Of the 312 that there are, the id has 96, the envelope 88, the message 56, the publication 48, and the number in the one header 24.
    private const int Budget = 320;

    [Fact]
    public async Task A_publish_allocates_no_more_than_its_budget_beyond_the_task()
    {
        Assert.SkipWhen(
            typeof(TaskSender).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true },
            "A debug build allocates more.");
        var held = new HeldPublisher();
        await using var services = new ServiceCollection().AddTaskQueue(queue => queue.UseRabbitMq("amqp://localhost")).AddSingleton<IMessagePublisher>(held).BuildServiceProvider();
        var publisher = services.GetRequiredService<ITaskPublisher>();
        var task = new Parcel("a");

        await PublishAsync(publisher, held, task);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await PublishAsync(publisher, held, task);
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes} B");
        Assert.InRange(bytes, 1, Budget);
    }

    private static async Task PublishAsync(ITaskPublisher publisher, HeldPublisher held, Parcel task)
    {
        for (var i = 0; i < Rounds; i++)
        {
            var publish = publisher.PublishAsync(task, TestContext.Current.CancellationToken);
            Assert.False(publish.IsCompleted);
            held.End(PublishStatus.Confirmed);
            Assert.True(publish.IsCompletedSuccessfully);
            await publish;
        }
    }

    public sealed record Parcel(string Name);
}
