using RabbitMQ.Client;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Delays;

/// <summary>
/// The broker's head-of-line stall, reproduced: at-least-once dead lettering has 32 messages under way, and 32 that nobody takes stop a delay
/// queue for everybody. Beside it the same line with our remedy, which goes on. The remedies in place: <see cref="BackPressureTests"/>.
/// </summary>
public sealed class DelayStallTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const int MoreThanTheWindow = 40;

    [Fact]
    public async Task Forty_messages_without_a_target_stop_a_plain_delay_queue_and_an_alternate_exchange_lets_it_go_on()
    {
        await using var channel = await host.OpenChannelAsync();
        var plain = await DeclareAsync(channel, "missing-plain", alternate: null);
        var cured = await DeclareAsync(channel, "missing-cured", alternate: "missing-catch");
        await channel.ExchangeDeclareAsync("missing-catch", "fanout");
        await DeclareQuorumAsync(channel, "missing-caught");
        await channel.QueueBindAsync("missing-caught", "missing-catch", "");

        await AssertOnlyTheCuredGoesOnAsync(channel, plain, cured, obstacle: "nobody");
        await host.WaitForReadyAsync("missing-caught", MoreThanTheWindow);
    }

    [Fact]
    public async Task Forty_messages_for_a_full_queue_stop_a_plain_delay_queue_and_an_unlimited_one_beside_it_lets_it_go_on()
    {
        await using var channel = await host.OpenChannelAsync();
        var plain = await DeclareAsync(channel, "full-plain", alternate: null);
        var cured = await DeclareAsync(channel, "full-cured", alternate: null);
        await DeclareQuorumAsync(channel, "full", ("x-max-length", 1), ("x-overflow", "reject-publish"));
        await DeclareQuorumAsync(channel, "full.due");
        await channel.QueueBindAsync("full", plain.Out, "full");
        await channel.QueueBindAsync("full.due", cured.Out, "full");
        await FillAsync("full");

        await AssertOnlyTheCuredGoesOnAsync(channel, plain, cured, obstacle: "full");
        await host.WaitForReadyAsync("full.due", MoreThanTheWindow);
    }

    // What passes the cured line twice, a whole delay later each time, would have passed the plain one.
    private async Task AssertOnlyTheCuredGoesOnAsync(IChannel channel, Line plain, Line cured, string obstacle)
    {
        foreach (var line in (Line[])[plain, cured])
        {
            for (var i = 0; i < MoreThanTheWindow; i++)
            {
                await PublishAsync(channel, line, obstacle);
            }

            await PublishAsync(channel, line, "known");
        }

        await host.WaitForReadyAsync(cured.Target, 1);
        await PublishAsync(channel, cured, "known");
        await host.WaitForReadyAsync(cured.Target, 2);
        Assert.Equal(0u, await host.CountReadyAsync(plain.Target));
    }

    private static ValueTask PublishAsync(IChannel channel, Line line, string key) =>
        channel.BasicPublishAsync(line.In, key, mandatory: true, new BasicProperties { Persistent = true }, ReadOnlyMemory<byte>.Empty);

    private static async Task<Line> DeclareAsync(IChannel channel, string name, string? alternate)
    {
        var line = new Line($"{name}.in", $"{name}.out", $"{name}.target");
        await channel.ExchangeDeclareAsync(line.In, "fanout");
        await channel.ExchangeDeclareAsync(line.Out, "direct", arguments: alternate is null ? null : new Dictionary<string, object?> { ["alternate-exchange"] = alternate });
        await DeclareQuorumAsync(channel, $"{name}.wait", ("x-message-ttl", 500), ("x-dead-letter-exchange", line.Out), ("x-dead-letter-strategy", "at-least-once"), ("x-overflow", "reject-publish"));
        await DeclareQuorumAsync(channel, line.Target);
        await channel.QueueBindAsync($"{name}.wait", line.In, "");
        await channel.QueueBindAsync(line.Target, line.Out, "known");
        return line;
    }

    private static Task<QueueDeclareOk> DeclareQuorumAsync(IChannel channel, string name, params (string Name, object Value)[] arguments) =>
        channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments.Append(("x-queue-type", "quorum")).ToDictionary(argument => argument.Item1, argument => (object?)argument.Item2));

    // A quorum queue refuses a little late, so it is filled until it does.
    private async Task FillAsync(string queue)
    {
        for (var refused = false; !refused;)
        {
            try
            {
                await host.PublishAsync("", queue, ReadOnlyMemory<byte>.Empty);
            }
            catch (RabbitMQ.Client.Exceptions.PublishException)
            {
                refused = true;
            }
        }
    }

    /// <param name="In">Where a message enters.</param>
    /// <param name="Out">Where its delay ends.</param>
    /// <param name="Target">The queue of the key <c>known</c>.</param>
    private sealed record Line(string In, string Out, string Target);
}
