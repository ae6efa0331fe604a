using RabbitMQ.Client.Exceptions;

namespace TaskQueue.RabbitMq.Topology;

/// <summary>Every sentence about a broker that is not as planned, each with its cure.</summary>
internal static class TopologyFaults
{
    private const int NamesInMessage = 8;

    public static TopologyException ToException(IReadOnlyList<string> faults, Exception? cause = null) => new(MessageOf(faults), faults, cause);

    /// <summary>
    /// With what is not there at all, for which there is one cure: on an empty broker that is a hundred entities, so the message counts them and names the
    /// first of each kind. <see cref="TopologyException.Differences"/> has an entry for each.
    /// </summary>
    public static TopologyException ToException(IReadOnlyList<string> faults, IReadOnlyList<Absence> absences) => new(
        MessageOf(absences.Count > 1 ? [.. faults, SummaryOf(absences)] : [.. faults, .. absences.Select(absence => absence.Text)]),
        [.. faults, .. absences.Select(absence => absence.Text)]);

    public static string Missing(string kind, string name) =>
        $"The {kind} '{name}' does not exist. Start one process with TopologyMode.Declare, or import what TopologyDefinitions exports.";

    public static string Unbound(string taskType, string exchange) =>
        $"The task type '{taskType}' has no queue: exchange '{exchange}' routes the key '{TopologyNames.ProbeKey(taskType)}' nowhere. Start its worker with "
        + "TopologyMode.Declare, or import what TopologyDefinitions exports.";

    /// <summary>A publisher met no queue, and none that it may declare.</summary>
    public static string Elsewhere(string taskType) =>
        $"The queues from which workers take the task type '{taskType}' do not exist at present, and only they know their names (Priorities, MaxLength or Queue is set there). "
        + "Start one of them: it declares them again.";

    /// <summary>A declaration that the broker refused with 406 or 405.</summary>
    public static string Differs(string kind, string name, Refusal refusal) =>
        ArgumentMismatch.Parse(refusal.Text) is { } mismatch
            ? $"The {kind} '{name}' exists with '{mismatch.Argument}' = '{mismatch.Actual}', and '{mismatch.Wanted}' is wanted. "
                + CureOf(kind, mismatch.Argument)
            : $"The {kind} '{name}' was refused: '{refusal.Text}'. Correct what the code says about it.";

    /// <summary>A 403: one permission, so one error, whatever else is to be declared.</summary>
    public static TopologyException Forbidden(string kind, string name, Refusal refusal) => ToException(
    [
        $"The user may not declare the {kind} '{name}': '{refusal.Text}'. Grant the permission that it names ('rabbitmqctl set_permissions'), or have the "
        + "topology declared by others (import what TopologyDefinitions exports) and set TopologyMode to Verify or None.",
    ],
    refusal.Cause);

    public static bool IsForbidden(TopologyException exception) => exception.InnerException is OperationInterruptedException { ShutdownReason.ReplyCode: 403 };

    public static string BindingRefused(BindingPlan binding, Refusal refusal) =>
        $"'{binding.Destination}' could not be bound to the exchange '{binding.Source}' with the key '{binding.RoutingKey}': '{refusal.Text}'. Add what is "
        + "missing, or correct the name.";

    /// <summary>
    /// A queue that was declared a moment ago and is gone: somebody deleted it, or a cluster could not form it, and answered whoever declared it meanwhile as if it were there. No mistake of this
    /// process, so no <see cref="TopologyException"/>, which would end a worker that starts: it is declared again.
    /// </summary>
    public static IOException Vanished(string queue, Refusal refusal) =>
        new($"The queue '{queue}' was declared, and is gone: '{refusal.Text}'. Look into RabbitMQ's log for why it could not keep it.", refusal.Cause);

    /// <summary>A queue that exists but cannot be reached now. No mistake of this process either: it is declared again.</summary>
    public static IOException Unreachable(string name, Refusal refusal) =>
        new($"'{name}' cannot be reached now: '{refusal.Text}'. Look whether all nodes of the cluster run ('rabbitmqctl cluster_status').", refusal.Cause);

    /// <summary>The first names of a list that may be long.</summary>
    public static string Listed(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(NamesInMessage).Select(name => $"'{name}'"))
        + (names.Count > NamesInMessage ? $" and {names.Count - NamesInMessage} more" : "");

    private static string MessageOf(IReadOnlyList<string> faults) => faults.Count == 1
        ? $"RabbitMQ does not have what this process needs: {faults[0]}"
        : $"RabbitMQ does not have what this process needs:{string.Concat(faults.Select((fault, i) => $"{Environment.NewLine}  {i + 1}. {fault}"))}";

    private static string SummaryOf(IReadOnlyList<Absence> absences) =>
        "These do not exist. Start one process with TopologyMode.Declare, or import what TopologyDefinitions exports:"
        + string.Concat(absences.GroupBy(absence => absence.Kind)
            .Select(kind => $"{Environment.NewLine}     {kind.Count()} × {kind.Key}: {NamesOf([.. kind])}"));

    private static string NamesOf(IReadOnlyList<Absence> absences) =>
        Listed([.. absences.Select(absence => absence.Name)])
        + (absences.Count > NamesInMessage ? $" (all in '{nameof(TopologyException.Differences)}')" : "");

    private static string CureOf(string kind, string argument) => (kind, argument) switch
    {
        ("exchange", _) => "Arguments of an existing exchange cannot be changed: delete it while nothing is published and start again, or use another "
            + "'Prefix'.",
        (_, QueueArguments.MaxLength) =>
            "A queue's arguments cannot be changed. To lower the limit, leave 'MaxLength' as it was and set a policy with 'max-length' (the smaller one "
            + "wins); to raise it, set another 'Queue' and name this one in 'FormerQueues', so that it is drained.",
        _ =>
            "A queue's arguments cannot be changed: drain and delete it and start again, or set another 'Queue' for its task types and name this one in "
            + "'FormerQueues', so that it is drained.",
    };
}

/// <summary>Something planned that is not on the broker.</summary>
/// <param name="Kind">Such as <c>queue</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Text">The whole sentence about it alone.</param>
internal sealed record Absence(string Kind, string Name, string Text);
