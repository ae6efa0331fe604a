using TaskQueue.Handlers;
using TaskQueue.Pipeline;
using TaskQueue.PostgreSql.Idempotency;

namespace TaskQueue.PostgreSql.UnitOfWork;

/// <summary>Finds handlers and middleware that take a unit of work which could not keep its promise: no idempotency, or its marks in another store. What a factory makes is the user's.</summary>
internal sealed class UnitOfWorkCheck(TaskQueueBuilder queue, UnitOfWorkUsers users, IdempotencyRegistration store) : IConfigurationCheck
{
    public IEnumerable<string> FindFaults(TaskModel model)
    {
        foreach (var type in model.Consumed)
        {
            var user = users.Find(type);
            if (user is not null && !type.Settings.Idempotency.Enabled)
            {
                yield return $"'{TypeText.Of(user)}' takes a '{nameof(PostgreSqlUnitOfWork)}', but idempotency is off for the task type '{type.Name}': there is no record to commit with the effect. "
                    + "Switch it on, or begin a transaction of your own.";
            }
            else if (user is not null && !store.IsLast(queue.Services))
            {
                yield return $"'{TypeText.Of(user)}' takes a '{nameof(PostgreSqlUnitOfWork)}', but the effects of the task type '{type.Name}' are remembered in another store than PostgreSQL. "
                    + "Call 'queue.UsePostgreSqlIdempotency(…)' and no other store.";
            }
        }
    }
}
