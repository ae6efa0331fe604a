using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.EntityFrameworkCore;
using TaskQueue.Idempotency;
using TaskQueue.PostgreSql.Idempotency;
using TaskQueue.PostgreSql.UnitOfWork;

namespace TaskQueue;

/// <summary>Entity Framework Core in a handler's transaction. In the namespace <c>TaskQueue</c>, so that one <c>using</c> is enough for all of it.</summary>
public static class UnitOfWorkDbContextOptionsBuilderExtensions
{
    /// <summary>
    /// Lets a context that is injected into a handler write in the attempt's <see cref="PostgreSqlUnitOfWork"/>: on its connection, in its transaction, which is committed together with the done mark.
    /// <c>services.AddDbContext&lt;Shop&gt;((provider, options) =&gt; options.UseNpgsql(…).UseTaskQueueUnitOfWork(provider))</c>
    /// </summary>
    /// <remarks>Call it last. Outside of a handler, and in handlers whose task type has idempotency off, the context stays as it was configured. Within, it is not retried by an execution strategy
    /// of its own (<c>EnableRetryOnFailure</c>): TaskQueue runs the whole attempt again.</remarks>
    /// <param name="options">The context's options.</param>
    /// <param name="provider">The services that the callback of <c>AddDbContext</c> gets: those of a scope.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="InvalidOperationException">The effects are not remembered in PostgreSQL, or the services are not a scope's (a context pool, a context factory).</exception>
    public static DbContextOptionsBuilder UseTaskQueueUnitOfWork(this DbContextOptionsBuilder options, IServiceProvider provider)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(provider);
        CheckServices(provider);
        if (provider.GetRequiredService<CurrentAttempt>().Context is { Model.Settings.Idempotency.Enabled: true })
        {
            var work = provider.GetRequiredService<PostgreSqlUnitOfWork>();
            options.UseNpgsql(work.Connection, npgsql => npgsql.ExecutionStrategy(context => new NonRetryingExecutionStrategy(context)));
            options.AddInterceptors(new UnitOfWorkInterceptor(work));
        }

        return options;
    }

    private static void CheckServices(IServiceProvider provider)
    {
        if (provider.GetService<IIdempotencyStore>() is not PostgreSqlIdempotencyStore || provider.GetService<RootServices>() is not { } root)
        {
            throw new InvalidOperationException("'UseTaskQueueUnitOfWork' needs the effects to be remembered in PostgreSQL. Call 'queue.UsePostgreSqlIdempotency(…)' in 'AddTaskQueue', and no other store.");
        }

        if (ReferenceEquals(root.Provider, provider))
        {
            throw new InvalidOperationException("'UseTaskQueueUnitOfWork' needs the services of a scope: a context that is pooled or made by a singleton factory belongs to no attempt. Use 'AddDbContext'.");
        }
    }
}
