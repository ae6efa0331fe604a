using Microsoft.Extensions.DependencyInjection;
using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class TaskSenderTests : IAsyncDisposable
{
    private readonly HeldPublisher _held = new();
    private readonly ServiceProvider _services;
    private readonly ITaskPublisher _publisher;

    public TaskSenderTests()
    {
        _services = new ServiceCollection().AddTaskQueue(queue => queue.UseRabbitMq("amqp://localhost")).AddSingleton<IMessagePublisher>(_held).BuildServiceProvider();
        _publisher = _services.GetRequiredService<ITaskPublisher>();
    }

    [Theory]
    [InlineData(nameof(PublishStatus.Confirmed))]
    [InlineData(nameof(PublishStatus.Refused))]
    [InlineData(nameof(PublishStatus.Unavailable))]
    public async Task The_buffer_of_a_publish_that_has_ended_serves_the_next_task(string status)
    {
        var first = _publisher.PublishAsync(new Note("the first")).AsTask();
        var body = _held.Body;
        _held.End(Enum.Parse<PublishStatus>(status));
        _ = await Record.ExceptionAsync(() => first);

        var next = _publisher.PublishAsync(new Note("the next one")).AsTask();
        Assert.True(body.Span.Overlaps(_held.Body.Span));
        await ConfirmAsync(next);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_buffer_of_a_publish_that_was_given_up_serves_no_other_task_since_the_client_may_still_read_it(bool isCancelled)
    {
        var first = _publisher.PublishAsync(new Note("the first")).AsTask();
        var body = _held.Body;
        var written = body.ToArray();
        GiveUp(isCancelled);
        Assert.NotNull(await Record.ExceptionAsync(() => first));

        for (var i = 0; i < 10; i++)
        {
            var next = _publisher.PublishAsync(new Note($"the next one, {i}")).AsTask();
            Assert.False(body.Span.Overlaps(_held.Body.Span));
            await ConfirmAsync(next);
        }

        Assert.Equal(written, body.ToArray());
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private void GiveUp(bool isCancelled)
    {
        if (isCancelled)
        {
            _held.Cancel();
        }
        else
        {
            _held.End(PublishStatus.TimedOut);
        }
    }

    private Task ConfirmAsync(Task publish)
    {
        _held.End(PublishStatus.Confirmed);
        return publish;
    }

    public sealed record Note(string Text);
}
