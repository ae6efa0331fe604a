using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.RabbitMq.Tests.Hostile;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Hostile;

/// <summary>Messages as bytes that no client writes and the broker passes on: none of them costs a connection, a worker, or a neighbour.</summary>
[Trait("Broker", "Newest")]
public sealed class HostileMessagesTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const string Queue = "tq.job";
    private const string Dead = "tq.job.dead";
    private const int DeadLettered = 2225;

    private static readonly byte[] GoodBody = "{\"Name\":\"ok\"}"u8.ToArray();

    // Each is well-formed to the broker.
    private static readonly Dictionary<string, byte[]> Deadly = new()
    {
        ["a decimal that .NET has no type for"] = Wire.Entry("price", Wire.Decimal(29, 1)),
        ["a decimal in a table in an array"] = Wire.Entry("prices", [(byte)'A', .. Wire.Sized([(byte)'F', .. Wire.Sized(Wire.Entry("x", Wire.Decimal(255, -1)))])]),
        ["arrays 20,000 deep"] = Wire.Entry("deep", Wire.Nested(20_000, tables: false)),
        ["tables 16,000 deep"] = Wire.Entry("deep", Wire.Nested(16_000, tables: true)),
        ["a name that is no UTF-8"] = [.. Wire.Short([.. Enumerable.Repeat((byte)0xff, 255)]), .. Wire.Int(1)],
        ["a name in a table that is no UTF-8"] = Wire.Entry("table", [(byte)'F', .. Wire.Sized([.. Wire.Short([.. Enumerable.Repeat((byte)0xfe, 200)]), .. Wire.Int(1)])]),
        ["ten thousand headers"] = [.. Enumerable.Range(0, 10_000).SelectMany(i => Wire.Entry(i.ToString(CultureInfo.InvariantCulture), [(byte)'V']))],
    };

    public static TheoryData<string> Cases => [.. Deadly.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_header_that_would_end_a_bare_client_goes_through_a_worker_and_into_a_dead_letter_that_any_client_can_read(string name)
    {
        await using var worker = await StartAsync();
        await using var raw = await RawPublisher.ConnectAsync(host.AmqpUri);
        await raw.PublishAsync(Queue, Message("good", "job", Deadly[name]));
        await raw.PublishAsync(Queue, Message("bad", "no-such-task", Deadly[name]));
        await raw.PublishAsync(Queue, Message("neighbour", "job", []));
        await raw.ConfirmAsync();

        // The broker itself takes a while over what is nested so deep.
        var dead = await host.WaitForMessageAsync(Dead, TimeSpan.FromSeconds(120));
        await worker.Script.WaitForEndedAsync(2, TimeSpan.FromSeconds(120));
        Assert.Equal(["good", "neighbour"], worker.Script.Started.Select(run => run.TaskId).Order());
        Assert.Equal(("bad", "unknown-task-type"), (dead.Properties.MessageId, dead.Header("tq-dead-reason")));
        Assert.DoesNotContain(worker.Logs, line => line.Level >= LogLevel.Warning && line.Id.Id != DeadLettered);
    }

    [Fact]
    public async Task Properties_that_are_no_UTF8_go_into_the_retry_and_the_dead_letter_and_hold_up_no_other_copy()
    {
        await using var worker = await StartAsync(part: (_, _, _) => throw new InvalidOperationException("again"));
        await using var raw = await RawPublisher.ConnectAsync(host.AmqpUri);
        byte[] wrong = [.. Enumerable.Repeat((byte)0xff, 255)];
        await raw.PublishAsync(Queue, new HostileMessage([0b1101_1110, 0b1010_1100, .. Wire.Short("application/json"u8), .. Wire.Short(wrong), 2, 4, .. Wire.Short(wrong), .. Wire.Short(wrong), .. Wire.Short("wrong"u8), .. Wire.Short("job"u8), .. Wire.Short(wrong), .. Wire.Short(wrong)], GoodBody));
        await raw.PublishAsync(Queue, Message("right", "job", []));
        await raw.ConfirmAsync();

        await host.WaitForReadyAsync(Dead, 2);
        var letters = await host.DrainAsync(Dead);
        Assert.Equal(["right", "wrong"], letters.Select(letter => letter.Properties.MessageId).Order());
        Assert.All(letters, letter => Assert.Equal("attempts-exhausted", letter.Header("tq-dead-reason")));
        Assert.Equal(4, worker.Script.Ended.Count);
    }

    private Task<TestWorker> StartAsync(Func<Run, TaskContext, CancellationToken, Task>? part = null) => TestWorker.StartAsync(
        host.AmqpUri,
        queue => queue.AddHandler<JobHandler>().ForTask<Job>(task => task.Retry = RetryPolicy.Fixed(maxAttempts: 2, TimeSpan.Zero)),
        part);

    // Content type, headers, message id and type.
    private static HostileMessage Message(string id, string type, byte[] headers) => new(
        [0b1010_0000, 0b1010_0000, .. Wire.Short("application/json"u8), .. Wire.Sized(headers), .. Wire.Short(Wire.Text(id)), .. Wire.Short(Wire.Text(type))],
        GoodBody);
}
