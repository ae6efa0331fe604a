using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using PhotoService.Billing;
using PhotoService.Tasks;
using TaskQueue;

namespace PhotoService.Demo;

/// <summary>The sample's billing worker, with a step around its handler that kills the process (as <c>kill -9</c> does) in the charge of one order. The sample itself knows nothing of it.</summary>
internal static class DoomedBilling
{
    public static async Task RunAsync(CrashStep step, Guid orderId)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.AddBillingDatabase();
        builder.Services.AddSingleton(new Doom(step, orderId)).AddScoped<LastBreath>();
        builder.Services.AddTaskQueue(queue =>
        {
            BillingWorker.Configure(queue);
            queue.Use<DoomMiddleware>();
            queue.ForTask<ChargeCard>(task => task.Concurrency = 1);   // no copy is discarded between the commit and the kill: the last worker counts them all
        });
        await builder.Build().RunAsync();
    }

    private static void Die()
    {
        Process.GetCurrentProcess().Kill();
        new ManualResetEvent(initialState: false).WaitOne();   // the signal may take a moment, in which nothing may happen
    }

    private sealed record Doom(CrashStep Step, Guid OrderId);

    private sealed class DoomMiddleware(Doom doom) : IConsumeMiddleware
    {
        public async ValueTask<TaskOutcome> InvokeAsync(TaskContext context, ConsumeDelegate next, CancellationToken cancellationToken)
        {
            var outcome = await next(context, cancellationToken);
            if (context.Payload is ChargeCard charge && charge.OrderId == doom.OrderId)
            {
                if (doom.Step == CrashStep.BeforeCommit)
                    Die();

                context.Services.GetRequiredService<LastBreath>();
            }

            return outcome;
        }
    }

    /// <summary>Ends with the attempt's scope: after the commit, before the acknowledgement. Where the commit was refused, as on a machine so busy that the lease ended, the next attempt is the one.</summary>
    private sealed class LastBreath(NpgsqlDataSource database, Doom doom) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await using var command = database.CreateCommand("SELECT EXISTS (SELECT FROM billing.charges WHERE order_id = $1)");
            command.Parameters.Add(new() { Value = doom.OrderId });
            if (await command.ExecuteScalarAsync() is true)
                Die();
        }
    }
}
