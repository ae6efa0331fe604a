using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using TaskQueue.RabbitMq.IntegrationTests.Consuming;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.DeadLetters;

/// <summary>Messages that no TaskQueue publisher wrote: each is dead-lettered with its reason, the worker goes on, nothing loops.</summary>
public sealed class HostileInputTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const string MessagePack = "application/x-msgpack";

    // {"Name": "ok"} as a MessagePack map.
    private static readonly byte[] GoodBody = [0x81, 0xa4, (byte)'N', (byte)'a', (byte)'m', (byte)'e', 0xa2, (byte)'o', (byte)'k'];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var (name, hostile) in Hostile)
            {
                data.Add(name, hostile.Reason);
            }

            return data;
        }
    }

    private static Dictionary<string, Message> Hostile { get; } = new()
    {
        ["no task id"] = new("missing-task-id", properties => properties.MessageId = null),
        ["long task id"] = new("invalid-task-id", properties => properties.MessageId = new string('x', 250)),
        ["no task type"] = new("missing-task-type", properties => properties.Type = null),
        ["unknown task type"] = new("unknown-task-type", properties => properties.Type = "no-such-task"),
        ["unknown content type"] = new("unknown-content-type", properties => properties.ContentType = "application/x-java-serialized-object"),
        ["other wire version"] = new("unknown-wire-version", properties => properties.Headers = Header("tq-version", 2)),
        ["attempt is text"] = new("invalid-header", properties => properties.Headers = Header("tq-attempt", "first")),
        ["attempt is a table"] = new("invalid-header", properties => properties.Headers = Header("tq-attempt", new Dictionary<string, object?> { ["a"] = 1 })),
        ["attempt is zero"] = new("invalid-header", properties => properties.Headers = Header("tq-attempt", 0)),
        ["due beyond the calendar"] = new("invalid-header", properties => properties.Headers = Header("tq-due-at", long.MaxValue)),
        ["empty body"] = new("undecodable-body", Body: []),
        ["garbage"] = new("undecodable-body", Body: [0xc1, 0xff, 0x00]),
        ["truncated"] = new("undecodable-body", Body: GoodBody[..4]),
        ["deep nesting"] = new("undecodable-body", Body: [0x81, 0xa4, (byte)'N', (byte)'a', (byte)'m', (byte)'e', .. Enumerable.Repeat((byte)0x91, 500_000)]),
        ["huge length"] = new("undecodable-body", Body: HugeString()),
        ["huge map"] = new("undecodable-body", Body: [0xdf, 0xff, 0xff, 0xff, 0xff]),
        ["deep json"] = new("undecodable-body", properties => properties.ContentType = "application/json", Encoding.UTF8.GetBytes("{\"Name\":" + new string('[', 200_000))),
        ["json null"] = new("undecodable-body", properties => properties.ContentType = "application/json", "null"u8.ToArray()),
        ["body over the limit"] = new("body-too-large", Body: new byte[(1024 * 1024) + 1]),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_is_dead_lettered_with_its_reason_and_the_worker_goes_on(string name, string reason)
    {
        await using var worker = await StartAsync();
        var (_, prepare, body) = Hostile[name];
        var properties = Properties();
        prepare?.Invoke(properties);
        await host.PublishAsync("", "tq.job", body ?? GoodBody, properties);
        var dead = await host.WaitForMessageAsync("tq.job.dead");

        Assert.Equal(reason, dead.Header("tq-dead-reason"));
        Assert.NotNull(dead.Header("tq-dead-error-message"));
        Assert.Equal(0L, dead.Header("tq-dead-attempts"));
        Assert.Null(dead.Header("tq-dead-first-failed-at"));
        Assert.Equal(body ?? GoodBody, dead.Body);
        await host.PublishAsync("", "tq.job", GoodBody, Properties());
        await worker.Script.WaitForEndedAsync(1);
        Assert.Equal("ok", Assert.Single(worker.Script.Started).Name);
    }

    [Fact]
    public async Task Hostile_messages_by_the_hundred_do_not_hold_up_the_good_ones()
    {
        await using var worker = await StartAsync();
        var cases = Hostile.Values.Where(message => message.Body is null or { Length: < 1000 }).ToList();
        await using var channel = await host.OpenChannelAsync();
        for (var i = 0; i < 300; i++)
        {
            var (_, prepare, body) = cases[i % cases.Count];
            var properties = Properties();
            prepare?.Invoke(properties);
            await channel.BasicPublishAsync("", "tq.job", mandatory: true, properties, body ?? GoodBody);
            if (i % 10 == 0)
            {
                await channel.BasicPublishAsync("", "tq.job", mandatory: true, Properties(), GoodBody);
            }
        }

        await worker.Script.WaitForEndedAsync(30);
        await host.WaitForReadyAsync("tq.job.dead", 300);
        await worker.StopAsync();
        Assert.Equal(0U, await host.CountReadyAsync("tq.job"));
        await host.PurgeAsync("tq.job.dead");
    }

    [Fact]
    public async Task Foreign_headers_of_any_type_travel_on_into_the_dead_letter()
    {
        await using var worker = await StartAsync();
        var properties = Properties();
        properties.Type = "no-such-task";
        properties.ReplyTo = "replies";
        properties.Headers = new Dictionary<string, object?>
        {
            ["table"] = new Dictionary<string, object?> { ["a"] = 1 },
            ["list"] = new List<object?> { 1, "x" },
            ["number"] = 5,
            ["x-death"] = new List<object?>(),
        };
        await host.PublishAsync("", "tq.job", GoodBody, properties);
        var dead = await host.WaitForMessageAsync("tq.job.dead");

        Assert.Equal("replies", dead.Properties.ReplyTo);
        Assert.Equal(1, Assert.IsType<Dictionary<string, object?>>(dead.Header("table"))["a"]);
        Assert.Equal(2, Assert.IsType<List<object?>>(dead.Header("list")).Count);
        Assert.Equal(5, dead.Header("number"));
        Assert.Null(dead.Header("x-death"));
    }

    [Fact]
    public async Task A_message_whose_headers_fill_the_frame_is_still_dead_lettered()
    {
        await using var worker = await StartAsync();
        using var settled = new MetricCollector<long>(worker.Services.GetRequiredService<IMeterFactory>(), TaskQueueTelemetry.MeterName, "taskqueue.tasks");
        var properties = Properties();
        properties.Type = "no-such-task";
        properties.Headers = Header("big", new byte[130_000]);
        await host.PublishAsync("", "tq.job", GoodBody, properties);

        Assert.Equal(130_000, Assert.IsType<byte[]>((await host.WaitForMessageAsync("tq.job.dead")).Headers["big"]).Length);
        await Eventually.TrueAsync(() => settled.GetMeasurementSnapshot().Count > 0);
        Assert.Equal("dead_lettered", Assert.Single(settled.GetMeasurementSnapshot()).Tags["taskqueue.outcome"]);
        Assert.Single(worker.Logs, line => line.Level == LogLevel.Error);
    }

    /// <summary>The copy's own headers would not fit into a frame beside them, so the broker moves the original.</summary>
    [Theory]
    [InlineData("retried")]
    [InlineData("deferred")]
    [InlineData("dead-lettered")]
    public async Task A_task_whose_headers_fill_the_frame_is_not_lost_however_its_handler_ends(string end)
    {
        await using var worker = await StartAsync();
        worker.Script.Part = (_, context, _) =>
        {
            switch (end)
            {
                case "retried":
                    throw new InvalidOperationException("again");
                case "deferred":
                    context.Defer(TimeSpan.FromMilliseconds(100));
                    break;
                default:
                    context.DeadLetter("gone");
                    break;
            }

            return Task.CompletedTask;
        };
        var properties = Properties();
        properties.Headers = Header("big", new byte[130_800]);
        await host.PublishAsync("", "tq.job", GoodBody, properties);

        Assert.Equal(properties.MessageId, (await host.WaitForMessageAsync("tq.job.dead")).Properties.MessageId);
    }

    [Fact]
    public async Task A_bare_message_from_another_language_runs()
    {
        await using var worker = await StartAsync();
        await host.PublishAsync("tq.tasks", "job.normal", GoodBody, new BasicProperties { MessageId = "foreign-1", Type = "job" });
        await worker.Script.WaitForEndedAsync(1);

        Assert.Equal(("foreign-1", "ok"), (worker.Script.Started.Single().TaskId, worker.Script.Started.Single().Name));
    }

    private Task<TestWorker> StartAsync() => TestWorker.StartAsync(host.AmqpUri, queue => queue.AddHandler<JobHandler>());

    private static BasicProperties Properties() => new() { MessageId = Guid.CreateVersion7().ToString(), Type = "job", ContentType = MessagePack };

    private static Dictionary<string, object?> Header(string name, object value) => new() { [name] = value };

    private static byte[] HugeString()
    {
        byte[] body = [0x81, 0xa4, (byte)'N', (byte)'a', (byte)'m', (byte)'e', 0xdb, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(body.AsSpan(^4), 0x7fff_ffff);
        return body;
    }

    private sealed record Message(string Reason, Action<BasicProperties>? Prepare = null, byte[]? Body = null);
}
