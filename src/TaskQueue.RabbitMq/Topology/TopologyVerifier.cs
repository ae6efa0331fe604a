using Microsoft.Extensions.Logging;
using TaskQueue.Pipeline;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>
/// Compares a plan with the broker and creates nothing: a passive declare says whether an entity exists, and declaring again what was just seen to exist says
/// whether its arguments are the same (for that the broker wants the permission to configure; without it, existence has to do). AMQP has no request that
/// shows a binding: whether a task type's are there, the route probe tells.
/// </summary>
internal sealed class TopologyVerifier(TopologyChannel channel, TopologyNames names, ILogger logger)
{
    private readonly List<string> _faults = [];
    private readonly List<Absence> _absences = [];
    private readonly List<string> _unseen = [];
    private readonly List<string> _missingSuspects = [];
    private bool _seesArguments = true;

    /// <param name="plan">What must exist.</param>
    /// <param name="taskTypes">The task types that must be bound.</param>
    /// <param name="suspects">Queues that a worker of the mode Declare makes when it needs them: that one is missing is a warning.</param>
    /// <exception cref="TopologyException">All differences.</exception>
    public async Task VerifyAsync(TopologyPlan plan, IEnumerable<TaskTypeModel> taskTypes, TopologyPlan? suspects = null)
    {
        foreach (var exchange in plan.Exchanges)
        {
            await VerifyAsync("exchange", exchange.Name, () => channel.FindExchangeAsync(exchange.Name), () => channel.DeclareAsync(exchange))
                .ConfigureAwait(false);
        }

        foreach (var queue in plan.Queues)
        {
            await VerifyAsync("queue", queue.Name, () => channel.FindQueueAsync(queue.Name), () => channel.DeclareAsync(queue)).ConfigureAwait(false);
        }

        foreach (var queue in suspects?.Queues ?? [])
        {
            await VerifySuspectsAsync(queue).ConfigureAwait(false);
        }

        foreach (var type in taskTypes)
        {
            await VerifyRouteAsync(type.Name).ConfigureAwait(false);
        }

        LogGaps();
        if (_faults.Count + _absences.Count > 0)
        {
            throw TopologyFaults.ToException(_faults, _absences);
        }
    }

    private void LogGaps()
    {
        if (_unseen.Count > 0)
        {
            Log.TopologyNotSeen(logger, _unseen.Count, TopologyFaults.Listed(_unseen));
        }

        if (_missingSuspects.Count > 0)
        {
            Log.SuspectQueuesMissing(logger, _missingSuspects.Count, TopologyFaults.Listed(_missingSuspects));
        }
    }

    private async Task VerifyAsync(string kind, string name, Func<Task<Refusal?>> find, Func<Task<Refusal?>> declareAgain)
    {
        var absence = await find().ConfigureAwait(false);
        if (absence is { IsMissing: true })
        {
            _absences.Add(new(kind, name, TopologyFaults.Missing(kind, name)));
        }
        else if (absence is null && _seesArguments)
        {
            Judge(kind, name, await declareAgain().ConfigureAwait(false));
        }
        else if (absence is not null)
        {
            // From RabbitMQ 4.3.1 on: the user has no permission at all for it, so this process cannot need it.
            _unseen.Add(name);
        }
    }

    private async Task VerifySuspectsAsync(QueuePlan queue)
    {
        if (await channel.FindQueueAsync(queue.Name).ConfigureAwait(false) is { IsMissing: true })
        {
            _missingSuspects.Add(queue.Name);
        }
        else
        {
            await VerifyAsync("queue", queue.Name, () => channel.FindQueueAsync(queue.Name), () => channel.DeclareAsync(queue)).ConfigureAwait(false);
        }
    }

    private void Judge(string kind, string name, Refusal? refusal)
    {
        if (refusal is { IsForbidden: true })
        {
            _seesArguments = false;
            Log.TopologyArgumentsNotSeen(logger, kind, name, refusal.Text);
        }
        else if (refusal is not null)
        {
            _faults.Add(TopologyFaults.Differs(kind, name, refusal));
        }
    }

    private async Task VerifyRouteAsync(string taskType)
    {
        if (!await RouteProbe.IsRoutedAsync(channel, names, taskType).ConfigureAwait(false))
        {
            _absences.Add(new("queue for the task type", taskType, TopologyFaults.Unbound(taskType, names.TasksExchange)));
        }
    }
}
