using TaskQueue.RabbitMq.Publishing;
using Xunit;

namespace TaskQueue.RabbitMq.Tests.Publishing;

public sealed class PendingQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void In_any_order_it_holds_what_was_put_in_and_not_taken_out(int seed)
    {
        var random = new Random(seed);
        var queue = new PendingQueue();
        var model = new List<PendingPublish>();
        for (var step = 0; step < 30_000; step++)
        {
            switch (random.Next(4))
            {
                case 0:
                    model.Add(new PendingPublish(null!));
                    queue.AddLast(model[^1]);
                    break;
                case 1:
                    model.Insert(0, new PendingPublish(null!));
                    queue.AddFirst(model[0]);
                    break;
                case var _ when model.Count > 0:
                    // The first is sent, one from the middle gives up, and either may come back.
                    var leaving = model[random.Next(2) == 0 ? 0 : random.Next(model.Count)];
                    model.Remove(leaving);
                    queue.Remove(leaving);
                    break;
            }

            Assert.Same(model.FirstOrDefault(), queue.First);
            Assert.Same(model.LastOrDefault(), queue.Last);
            if (step % 100 == 0)
            {
                Assert.Equal(model, All(queue));
            }
        }
    }

    private static IEnumerable<PendingPublish> All(PendingQueue queue)
    {
        for (var pending = queue.First; pending is not null; pending = pending.Next)
        {
            yield return pending;
        }
    }
}
