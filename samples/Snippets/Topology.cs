using Microsoft.Extensions.DependencyInjection;
using TaskQueue;

namespace Snippets;

public static class TopologyPage
{
    public static void Modes(TaskQueueBuilder queue)
    {
        queue.UseRabbitMq("amqp://localhost", rabbit =>
        {
            rabbit.Prefix = "shop";
            rabbit.TopologyMode = TopologyMode.Verify;
        });
    }
}
