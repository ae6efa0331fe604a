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

    public static void Own(RabbitMqOptions rabbit)
    {
        rabbit.Topology
            .AddExchange("events", "topic")
            .AddQueue("audit")
            .BindQueue("audit", "events", "photo.#");
    }

    public static async Task Export(IServiceProvider services, Stream output)
    {
        await services.GetRequiredService<TopologyDefinitions>().WriteAsync(output);
    }
}
