using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TaskQueue.Tests.Support;

namespace TaskQueue.RabbitMq.IntegrationTests.Publishing;

/// <summary>The wire format as the documentation gives it is enough for another language: samples/python/publish.py is run as it is.</summary>
public sealed class PythonPublisherTests(VirtualHost host) : IClassFixture<VirtualHost>
{
    private const string Python = "/usr/bin/python3";

    public sealed record Greet(string Name);

    public sealed class GreetHandler(Channel<string> greeted) : ITaskHandler<Greet>
    {
        public Task HandleAsync(Greet task, TaskContext context, CancellationToken cancellationToken) =>
            greeted.Writer.WriteAsync($"{task.Name}, {context.Priority}, attempt {context.Attempt}", cancellationToken).AsTask();
    }

    [Fact]
    public async Task A_task_published_from_Python_runs()
    {
        if (!File.Exists(Python) || await RunAsync(["-c", "import pika"]) is { ExitCode: not 0 })
        {
            Assert.Skip($"{Python} with pika is not installed ('apt-get install python3-pika').");
        }

        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton(Channel.CreateUnbounded<string>());
        builder.Services.AddTaskQueue(queue => queue.UseRabbitMq(host.AmqpUri.ToString()).AddHandler<GreetHandler>());
        using var worker = builder.Build();
        await worker.StartAsync(TestContext.Current.CancellationToken);

        var (exitCode, output) = await RunAsync([Path.Combine(AppContext.BaseDirectory, "publish.py"), host.AmqpUri.ToString(), "Ada"]);

        Assert.True(exitCode == 0, output);
        var greeting = await worker.Services.GetRequiredService<Channel<string>>().Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal("Ada, Normal, attempt 1", greeting);
        await worker.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Python, arguments) { RedirectStandardError = true })!;
        var output = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output);
    }
}
