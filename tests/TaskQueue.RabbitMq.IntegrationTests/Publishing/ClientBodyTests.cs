using RabbitMQ.Client;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>What the publisher relies on when it uses the buffer of a body again.</summary>
public sealed class ClientBodyTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int Size = 100_000;
    private const int Most = 2_000;
    private const byte Overwritten = 255;

    [Fact]
    public async Task The_client_has_copied_a_body_when_its_call_returns_even_if_that_waits_for_the_socket()
    {
        var proxy = host.StartProxy();
        await using var connection = await new ConnectionFactory { Uri = host.AddressThrough(proxy) }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync("bodies", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });

        proxy.PauseRequests();
        var sending = ValueTask.CompletedTask;
        var count = 0;
        for (; count < Most && sending.IsCompletedSuccessfully; count++)
        {
            var body = new byte[Size];
            body.AsSpan().Fill(ContentOf(count));
            sending = channel.BasicPublishAsync("", "bodies", body);
            body.AsSpan().Fill(Overwritten);
        }

        Assert.False(sending.IsCompleted, $"The client has taken all, or failed: {sending.IsFaulted}.");
        proxy.Resume();
        await sending;
        await host.WaitForReadyAsync("bodies", (uint)count);

        var bodies = await host.DrainAsync("bodies");
        Assert.Equal(count, bodies.Count);
        Assert.All(bodies, (message, number) => Assert.Equal(Size, message.Body.AsSpan().Count(ContentOf(number))));
    }

    private static byte ContentOf(int number) => (byte)(number % Overwritten);
}
