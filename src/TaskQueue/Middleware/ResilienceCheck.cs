using TaskQueue.Handlers;
using TaskQueue.Pipeline;

namespace TaskQueue.Middleware;

/// <summary>Builds every task type's Polly pipeline once, before the host starts, so that a wrong option of Polly's is a fault beside all others.</summary>
internal sealed class ResilienceCheck(TimeProvider time) : IConfigurationCheck
{
    public IEnumerable<string> FindFaults(TaskModel model) =>
        from type in model.Handled
        let fault = FindFault(type)
        where fault is not null
        select fault;

    private string? FindFault(TaskTypeModel type)
    {
        try
        {
            if (type.Settings.Resilience is { } configure)
            {
                ResilienceMiddleware.Create(type.Name, configure, time);
            }

            return null;
        }
        catch (Exception error)
        {
            return $"The resilience pipeline of the task type '{type.Name}' cannot be built: {error.Message} Correct what 'task.Resilience(…)' sets.";
        }
    }
}
